use guide_core::Bitmap;
use guide_core::testing::same_for_one_and_two_threads;
use proptest::prelude::*;

use super::*;

fn index(products: impl IntoIterator<Item = Product>) -> (TextIndex, Catalog) {
    let catalog = Catalog::new(products).unwrap();
    (TextIndex::new(&TextParams::default(), &catalog), catalog)
}

fn titles(titles: &[&str]) -> (TextIndex, Catalog) {
    let products = titles.iter().enumerate();
    index(products.map(|(number, title)| Product::new(format!("{number}"), *title)))
}

/// The products that are found with their scores, best first.
fn search(index: &TextIndex, text: &str, n_products: usize) -> Vec<(u32, f32)> {
    let asked = index.asked(text);
    let hits = index.candidates(&asked, &Bitmap::all(n_products), n_products);
    hits.into_iter().map(|hit| (hit.id.0, hit.score)).collect()
}

fn found(of: &[&str], text: &str) -> Vec<u32> {
    let (index, catalog) = titles(of);
    let hits = search(&index, text, catalog.len()).into_iter();
    hits.map(|hit| hit.0).collect()
}

fn unmatched(of: &[&str], text: &str) -> Vec<String> {
    let (index, catalog) = titles(of);
    index.unmatched(&index.asked(text), &Bitmap::all(catalog.len()))
}

#[test]
fn a_score_by_hand() {
    let (index, _) = index([
        Product::new("a", "red mug").attribute("colour", "red"),
        Product::new("b", "large blue bowl mat"),
        Product::new("c", "soap"),
    ]);
    let hits = search(&index, "red", 3);
    // The mean title has 7/3 words, the mean attributes one. In the title the word weighs 2 / (0.25 + 0.75 · 2 · 3/7), in the attributes 1.5.
    let weighted = 2.0 / (0.25 + 0.75 * 6.0 / 7.0) + 1.5;
    let impact = weighted / (1.2 + weighted);
    let idf = (1.0_f32 + 2.5 / 1.5).ln();
    let expected = 1.0 + impact * idf / (1.0 + idf);
    assert_eq!(hits.len(), 1);
    assert!((hits[0].1 - expected).abs() < 1e-6, "{hits:?} {expected}");
}

#[test]
fn products_with_more_of_the_words_come_first() {
    let of = [
        "red hat",
        "blue shoes",
        "red running shoes",
        "running",
        "lamp",
    ];
    assert_eq!(found(&of, "red shoes for running"), [2, 3, 0, 1]);
    assert_eq!(found(&of, "the lamp"), [4]);
    assert_eq!(found(&["who", "the band"], "the who"), [0]);
    assert_eq!(found(&["who", "the band"], "the"), [1]);
    assert_eq!(found(&of, "red red red hat"), [0, 2]);
}

#[test]
fn words_are_found_however_they_are_written() {
    let of = ["Men's Café T-Shirts", "IFP5550-BUN panel", "box 500ml"];
    for text in [
        "man",
        "MEN",
        "cafes",
        "CAFÉ",
        "tshirt",
        "t-shirt",
        "t shirt",
        "ｔｓｈｉｒｔｓ",
    ] {
        assert_eq!(found(&of, text), [0], "{text}");
    }
    for text in ["ifp5550-bun", "IFP5550", "bun", "5550", "IFP5550BUN"] {
        assert_eq!(found(&of, text), [1], "{text}");
    }
    assert_eq!(found(&of, "500 ml boxes"), [2]);
    assert_eq!(unmatched(&of, "IFP5550-XYZ boxes"), ["XYZ"]);
}

#[test]
fn chinese_is_found_by_pairs_and_a_lone_character_by_itself() {
    let of = ["红色跑步鞋", "黑色跑鞋", "不锈钢锅", "羊毛大衣"];
    assert_eq!(found(&of, "跑步鞋"), [0]);
    assert_eq!(found(&of, "鞋"), [1, 0], "the shorter first");
    assert_eq!(found(&of, "紅色跑步鞋"), [0, 1]);
    assert_eq!(found(&of, "不要黑色"), [1]);
    assert_eq!(unmatched(&of, "不要黑色"), ["不要"]);
    // No pair is known: the characters are.
    assert_eq!(found(&of, "红鞋")[0], 0);
    assert_eq!(unmatched(&of, "红鞋 Nike"), ["Nike"]);
    assert_eq!(found(&of, "大衣跑鞋").len(), 2);
}

#[test]
fn a_typo_is_found_where_no_product_has_the_word() {
    let of = ["running shoes", "sunglasses", "lamp", "A4321", "shore"];
    assert_eq!(found(&of, "runing"), [0]);
    assert_eq!(found(&of, "shooes"), [4, 0], "both differ by one letter");
    assert_eq!(
        found(&["white shirt", "wht"], "whtie"),
        [1, 0],
        "either is near, `whty` only one"
    );
    assert_eq!(found(&of, "sunglesse"), [1], "two from nine letters");
    // Short words, codes and words that some product has stand as they are.
    assert_eq!(unmatched(&of, "lmap A4312 shore"), ["lmap", "A4312"]);
    assert_eq!(found(&of, "shore"), [4]);
    let (index, _) = titles(&of);
    let right = search(&index, "running", 5)[0].1;
    let typo = search(&index, "runing", 5)[0].1;
    assert!((typo - 1.0 - 0.6 * (right - 1.0)).abs() < 1e-6);
}

#[test]
fn only_words_of_allowed_products_are_matched() {
    let (index, _) = titles(&["red mug", "blue mug"]);
    let asked = index.asked("red mugs");
    let allowed = Bitmap::of(2, [1]);
    assert_eq!(index.candidates(&asked, &allowed, 9).len(), 1);
    assert_eq!(index.unmatched(&asked, &allowed), ["red"]);
    assert_eq!(index.unmatched(&asked, &Bitmap::all(2)), [""; 0]);
    assert!(index.candidates(&asked, &Bitmap::none(2), 9).is_empty());
}

#[test]
fn texts_of_any_size_are_read_in_bounds() {
    let (index, _) = titles(&["red mug", "红色"]);
    let long = "7".repeat(1_000_000);
    assert_eq!(
        index.unmatched(&index.asked(&long), &Bitmap::all(2)),
        ["7".repeat(64)]
    );
    let many = "red nothing ".repeat(100_000);
    assert_eq!(index.asked(&many).left_out(), 199_936);
    assert_eq!(index.asked(&"红".repeat(100)).left_out(), 36);
    assert_eq!(index.asked(&"a-b ".repeat(40)).left_out(), 16);
    for text in ["", " \t\0\u{1b}[", "🙂🙂", "--__..''", "\u{301}\u{301}"] {
        assert!(index.asked(text).is_empty(), "{text:?}");
    }
    for text in [
        "e\u{301}".repeat(50_000),
        "a-".repeat(500_000),
        "👩‍👩‍👧x".repeat(9),
    ] {
        let asked = index.asked(&text);
        assert!(asked.words.len() <= 64);
        index.candidates(&asked, &Bitmap::all(2), 2);
        index.unmatched(&asked, &Bitmap::all(2));
    }
}

#[test]
fn an_index_is_the_same_on_one_and_two_threads() {
    let titles = (0..9_000).map(|n| format!("w{} w{} common 红{}", n % 97, n % 7919, n % 31));
    let products: Vec<Product> = titles
        .map(|title| Product::new(title.clone(), title))
        .collect();
    let catalog = Catalog::new(products).unwrap();
    same_for_one_and_two_threads(|| {
        let index = TextIndex::new(&TextParams::default(), &catalog);
        let hits = search(&index, "w5 w5000 common 红", catalog.len());
        hits.into_iter()
            .map(|(id, score)| (id, score.to_bits()))
            .collect::<Vec<_>>()
    });
}

/// What is found by looking at every product.
fn every(index: &TextIndex, catalog: &Catalog, asked: &AskedWords) -> Vec<f32> {
    let products = catalog.products().iter();
    let score = |product: &std::sync::Arc<Product>| {
        index
            .matches(asked, product)
            .iter()
            .map(|part| part.amount)
            .sum()
    };
    products.map(score).collect()
}

proptest! {
    /// The search finds what a pass over all products finds, and the parts of each score add up to it.
    #[test]
    fn a_search_equals_a_pass_over_all_products(
        texts in proptest::collection::vec("[a-e]{1,2}( [a-e]{1,2}){0,5}", 1..60),
        asked in "[a-f]{1,2}( [a-f]{1,2}){0,6}",
        n in 1_usize..20,
        one_in in 1_u32..12,
        changed in proptest::collection::vec(0_usize..60, 0..4),
    ) {
        let product = |(number, text): (usize, &String)| {
            let (title, rest) = text.split_once(' ').unwrap_or((text, ""));
            Product::new(format!("{number}"), title).attribute("x", rest).text(&rest[rest.len() / 2..])
        };
        let before: Vec<Product> = texts.iter().enumerate().map(product).collect();
        let changed: Vec<usize> = changed.into_iter().filter(|&number| number < texts.len()).collect();
        let (index, _) = index(before.clone());
        let mut after = before;
        for &number in &changed {
            after[number].title = format!("zz {}", asked);
        }
        let catalog = Catalog::new(after).unwrap();
        let numbers: Vec<u32> = changed.iter().map(|&number| number as u32).collect();
        let index = index.with_products(&catalog, &numbers);
        let asked = index.asked(&asked);
        let allowed = Bitmap::of(catalog.len(), (0..catalog.len() as u32).filter(|product| product % one_in == 0));
        let scores = every(&index, &catalog, &asked);
        let mut expected: Vec<u32> = allowed.iter().filter(|&product| scores[product as usize] > 0.0).collect();
        let hits = index.candidates(&asked, &allowed, n);
        // Parts are added in another order, so that equal scores may differ by rounding.
        let rounded = |product: u32| (scores[product as usize] * 1e4).round() as i64;
        expected.sort_by_key(|&product| std::cmp::Reverse(rounded(product)));
        expected.truncate(n);
        prop_assert_eq!(hits.len(), expected.len());
        for (hit, expected) in hits.iter().zip(expected) {
            prop_assert!((hit.score - scores[expected as usize]).abs() < 3e-4);
            prop_assert!((hit.score - scores[hit.id.index()]).abs() < 1e-4);
        }
        let all = index.candidates(&asked, &allowed, catalog.len());
        prop_assert_eq!(&all[..hits.len()], &hits[..]);
    }
}
