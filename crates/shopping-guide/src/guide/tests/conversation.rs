//! Conversations with a small shop.

use crate::{Asked, Catalog, Conversation, Guide, Product, Query, Says};

fn shop() -> Guide {
    let product = |id: &str, kind: &str, colour: &str, brand: &str, price: f32| {
        Product::new(id, format!("{brand} {colour} {kind}"))
            .attribute("type", kind)
            .attribute("colour", colour)
            .attribute("brand", brand)
            .price(price)
    };
    let catalog = Catalog::new([
        product("red nike", "Shoes", "Red", "Nike", 120.0),
        product("red puma", "Shoes", "Red", "Puma", 100.0),
        product("red veldt", "Shoes", "Red", "Veldt", 70.0),
        product("blue puma", "Shoes", "Blue", "Puma", 90.0),
        product("black coat", "Coats", "Black", "Veldt", 200.0),
        product("red coat", "Coats", "Red", "Veldt", 180.0),
        product("white shirt", "Shirts", "White", "Puma", 30.0),
    ]);
    Guide::builder().catalog(catalog.unwrap()).build().unwrap()
}

/// A conversation, sentence by sentence.
struct Talk {
    guide: Guide,
    conversation: Conversation,
}

impl Talk {
    fn new() -> Self {
        Self {
            guide: shop(),
            conversation: Conversation::default(),
        }
    }

    fn ask(&mut self, sentence: &str) -> Asked {
        let query = Query::nobody();
        self.guide
            .ask(sentence, &mut self.conversation, query)
            .unwrap()
    }

    /// The products of the answer, by id.
    fn hits(&mut self, sentence: &str) -> Vec<String> {
        let asked = self.ask(sentence);
        let hits = asked.answer.into_iter().flat_map(|answer| answer.hits);
        let mut ids: Vec<String> = hits.map(|hit| hit.product).collect();
        ids.sort_unstable();
        ids
    }
}

#[test]
fn sentences_go_on_from_those_before() {
    let mut talk = Talk::new();
    assert_eq!(talk.hits("red shoes, not Nike"), ["red puma", "red veldt"]);
    assert_eq!(talk.hits("in blue"), ["blue puma"]);
    assert_eq!(
        talk.hits("also in red"),
        ["blue puma", "red puma", "red veldt"]
    );
    // No shoes have a third colour.
    let asked = talk.ask("换个颜色");
    assert!(asked.relaxed[0].is_of_type(), "{:?}", asked.relaxed);
    assert_eq!(
        talk.hits("any colour"),
        ["blue puma", "red puma", "red veldt"]
    );
    // The price in the middle is 90: at most 72.
    assert_eq!(talk.hits("有没有便宜点的"), ["red veldt"]);
    assert_eq!(
        talk.hits("any price"),
        ["blue puma", "red puma", "red veldt"]
    );
    // There are no other shoes that are not by Nike.
    assert_eq!(
        talk.hits("not those"),
        ["black coat", "red coat", "white shirt"]
    );
    assert_eq!(
        talk.hits("a coat"),
        ["black coat", "red coat"],
        "a new search"
    );
    assert_eq!(talk.hits("不要黑色"), ["red coat"]);
}

#[test]
fn values_of_one_sentence_are_alternatives() {
    let mut talk = Talk::new();
    let both = ["black coat", "red coat"];
    assert_eq!(talk.hits("red or black coats"), both);
    assert_eq!(talk.conversation.slots.len(), 3);
    assert_eq!(talk.hits("red, black, black or red"), both);
    assert_eq!(talk.conversation.slots.len(), 3, "each once");
    assert_eq!(talk.hits("black"), ["black coat"]);
    // A sentence of any length says each thing once.
    let started = std::time::Instant::now();
    talk.ask(&"red not blue nike 5 dollars coats ".repeat(1000));
    assert!(talk.conversation.slots.len() < 10);
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn orders_are_exact() {
    let mut talk = Talk::new();
    let asked = talk.ask("the cheapest red shoes");
    let hits = asked.answer.unwrap().hits;
    let ids: Vec<&str> = hits.iter().map(|hit| hit.product.as_str()).collect();
    assert_eq!(ids, ["red veldt", "red puma", "red nike"]);
    let guide = shop();
    let query = Query::nobody().n(1);
    let asked = guide
        .ask("最贵的", &mut Conversation::default(), query)
        .unwrap();
    assert_eq!(asked.answer.unwrap().hits[0].product, "black coat");
}

#[test]
fn what_no_product_has_is_left_out_and_told() {
    let mut talk = Talk::new();
    // There is no white coat: the colour goes, the type stays.
    let asked = talk.ask("a white coat, not black");
    assert_eq!(asked.answer.unwrap().hits[0].product, "red coat");
    let [left_out] = asked.relaxed.as_slice() else {
        panic!("{:?}", asked.relaxed);
    };
    let white = vec![("colour".to_owned(), "White".to_owned())];
    assert_eq!(left_out.says, Says::Attribute { any_of: white });
    // What is not wanted stays so, even if nothing is left.
    let asked = talk.ask("shirts, not white");
    assert!(
        asked
            .answer
            .unwrap()
            .hits
            .iter()
            .all(|hit| hit.product != "white shirt")
    );
}

#[test]
fn what_is_no_search_is_not_answered_with_products() {
    let mut talk = Talk::new();
    talk.ask("red shoes");
    let before = talk.conversation.clone();
    for sentence in [
        "where is my order?",
        "谢谢",
        "我要退货",
        "the sole is broken",
    ] {
        assert_eq!(talk.ask(sentence).answer, None, "{sentence}");
        assert_eq!(talk.conversation, before);
    }
    let text = serde_json::to_string(&before).unwrap();
    assert_eq!(serde_json::from_str::<Conversation>(&text).unwrap(), before);
}

#[test]
fn an_empty_sentence_asks_for_what_is_popular() {
    let mut talk = Talk::new();
    assert_eq!(talk.hits("").len(), 7);
    assert!(talk.ask("cheaper").answer.is_some());
    let mut alone = Conversation::default();
    let asked = shop().ask("cheaper", &mut alone, Query::nobody()).unwrap();
    assert!(
        asked.answer.is_some() && alone.slots.is_empty(),
        "nothing was shown to compare with"
    );
}

#[test]
fn a_shop_without_prices_answers_what_is_said_of_prices() {
    let shoes = |id: &str, colour: &str| {
        Product::new(id, id)
            .attribute("type", "Shoes")
            .attribute("colour", colour)
    };
    let catalog = Catalog::new([shoes("a", "Red"), shoes("b", "Blue")]).unwrap();
    let guide = Guide::builder().catalog(catalog).build().unwrap();
    let ask = |sentence: &str| {
        let asked = guide.ask(sentence, &mut Conversation::default(), Query::nobody());
        let asked = asked.unwrap();
        let hits = asked.answer.unwrap().hits.into_iter();
        let hits: Vec<String> = hits.map(|hit| hit.product).collect();
        (hits, asked.relaxed.len())
    };
    assert_eq!(ask("red shoes under 50 dollars"), (vec!["a".to_owned()], 1));
    assert_eq!(ask("the cheapest blue shoes"), (vec!["b".to_owned()], 0));
}
