//! One self-contained HTML page about a guide: how good it is, what the shop is like, and sample answers with pictures.

mod chart;
mod picture;
mod shapes;

use std::fmt::Write;

use shopping_guide::{Answer, Evaluation, Guide, Product};

pub use picture::picture;

/// A sample answer on the page.
#[derive(Clone, Debug)]
pub struct Sample {
    /// What was asked, in words.
    pub question: String,
    /// What the guide answered.
    pub answer: Answer,
}

/// The page as HTML, with pictures and charts inside.
pub fn html(
    title: &str,
    guide: &Guide,
    evaluation: Option<&Evaluation>,
    samples: &[Sample],
) -> String {
    let mut page = String::new();
    let title = escape(title);
    let _ = writeln!(page, "{}<h1>{title}</h1>", HEAD.replace("TITLE", &title));
    if let Some(evaluation) = evaluation {
        section(&mut page, "How good it is", &quality(evaluation));
        section(&mut page, "What took how long", &seconds(evaluation));
    }
    section(&mut page, "The shop", &shop(guide));
    for sample in samples {
        section(&mut page, &sample.question, &cards(guide, &sample.answer));
    }
    page.push_str("</main></body></html>\n");
    page
}

const HEAD: &str = include_str!("head.html");

fn section(page: &mut String, title: &str, body: &str) {
    let _ = writeln!(
        page,
        "<section><h2>{}</h2>\n{body}</section>",
        escape(title)
    );
}

fn quality(evaluation: &Evaluation) -> String {
    let k = evaluation.k;
    let words = format!(
        "<p>Built on {} earlier events, asked for {} shoppers with {} later products that they did not have before. \
         What a shopper has is left out.</p>",
        evaluation.train_events, evaluation.shoppers, evaluation.pairs
    );
    let bars = |value: fn(&shopping_guide::Measured) -> f64| {
        let rows = evaluation
            .rows
            .iter()
            .map(|row| (row.name.clone(), value(row)));
        rows.collect::<Vec<_>>()
    };
    let recall = chart::bars(&format!("recall@{k}"), &bars(|row| row.recall), 3);
    let ndcg = chart::bars(&format!("NDCG@{k}"), &bars(|row| row.ndcg), 3);
    format!("{words}<div class=\"row\">{recall}{ndcg}</div>")
}

fn seconds(evaluation: &Evaluation) -> String {
    chart::bars("seconds to build", &evaluation.build.seconds, 2)
}

fn shop(guide: &Guide) -> String {
    let prices: Vec<f32> = guide
        .catalog()
        .products()
        .iter()
        .filter_map(|product| product.price)
        .collect();
    let words = format!(
        "<p>{} products, {} shoppers.</p>",
        guide.catalog().len(),
        guide.shoppers().count()
    );
    let histogram = chart::histogram("products by price", &prices);
    let tail = chart::long_tail(
        "shoppers of each product, most taken first",
        &guide.popularity(),
    );
    format!("{words}<div class=\"row\">{histogram}{tail}</div>")
}

fn cards(guide: &Guide, answer: &Answer) -> String {
    let mut cards = format!(
        "<p>Served by the rung <b>{}</b>.</p><div class=\"cards\">",
        answer.rung
    );
    for hit in &answer.hits {
        let Some(product) = guide.catalog().get(&hit.product) else {
            continue;
        };
        let price = product
            .price
            .map_or(String::new(), |price| format!("{price:.2}"));
        let reasons: Vec<String> = hit
            .reasons
            .iter()
            .map(|reason| format!("<li>{}</li>", escape(&reason.to_string())))
            .collect();
        let _ = write!(
            cards,
            "<article>{}<h3>{}</h3><p class=\"price\">{price}</p><ul>{}</ul><p class=\"sources\">{}</p></article>",
            picture_of(product),
            escape(&hit.title),
            reasons.concat(),
            escape(&hit.sources.join(" · ")),
        );
    }
    cards.push_str("</div>");
    cards
}

fn picture_of(product: &Product) -> String {
    let of = |name: &str| product.value(name).unwrap_or_default();
    picture(of("type"), of("colour"))
}

/// Text as it stands in HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use shopping_guide::Catalog;

    #[test]
    fn the_page_is_called_as_the_shop() {
        let catalog = Catalog::new([Product::new("a", "Mug").attribute("type", "mug")]).unwrap();
        let guide = Guide::builder().catalog(catalog).build().unwrap();
        let answer = guide.recommend(&shopping_guide::Query::nobody()).unwrap();
        let sample = Sample {
            question: "What to <show>?".to_owned(),
            answer,
        };
        let page = html("Cups & more", &guide, None, &[sample]);
        assert!(page.contains("<title>Cups &amp; more</title>"));
        assert!(page.contains("<h1>Cups &amp; more</h1>"));
        assert!(page.contains("<h2>What to &lt;show&gt;?</h2>"));
        assert!(page.contains("<li>nobody has looked at it or taken it yet</li>"));
        assert!(page.contains(&picture("mug", "")));
    }
}
