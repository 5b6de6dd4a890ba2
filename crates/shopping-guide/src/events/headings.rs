//! Headings of event logs by role, English, German and Chinese, in the order of preference; compared in lower case, letters and
//! digits only.
//!
//! Known by heading: exports of Shopify (orders), WooCommerce, Magento, GA4, and the public logs of H&M, RetailRocket, REES46,
//! Instacart, MovieLens, Book-Crossing, Amazon, Last.fm and Online Retail.

use crate::table::plain;

pub(super) const SHOPPER: &[&str] = &[
    "shopperid",
    "shopper",
    "customerid",
    "userid",
    "visitorid",
    "memberid",
    "buyerid",
    "reviewerid",
    "accountid",
    "clientid",
    "customernumber",
    "customerno",
    "usernumber",
    "userpseudoid",
    "fullvisitorid",
    "uid",
    "customer",
    "user",
    "visitor",
    "buyer",
    "member",
    "reviewer",
    "client",
    "shopperemail",
    "customeremail",
    "useremail",
    "billingemail",
    "email",
    "username",
    "customername",
    "usermboxsha1",
    "kundennummer",
    "kundennr",
    "kundenid",
    "kunde",
    "benutzer",
    "nutzer",
    "nutzerid",
    "käufer",
    "用户id",
    "用户编号",
    "用户",
    "顾客id",
    "顾客编号",
    "顾客",
    "会员id",
    "会员",
    "买家id",
    "买家",
];
/// Ids that can be nothing but a product's, then words for a product, then the id of whatever a row is.
pub(super) const PRODUCT: &[&str] = &[
    "productid",
    "itemid",
    "lineitemsku",
    "itemsitemid",
    "itemsid",
    "itemssku",
    "lineitemssku",
    "lineitemsproductid",
    "variantsku",
    "sku",
    "skuid",
    "stockcode",
    "parentasin",
    "asin",
    "articleid",
    "clothingid",
    "goodsid",
    "productcode",
    "itemcode",
    "articlecode",
    "articlenumber",
    "productsku",
    "itemsku",
    "movieid",
    "isbn",
    "bookid",
    "newsid",
    "trackid",
    "songid",
    "artistid",
    "gameid",
    "appid",
    "productnumber",
    "itemnumber",
    "variantid",
    "product",
    "item",
    "article",
    "movie",
    "book",
    "track",
    "song",
    "artist",
    "artistname",
    "game",
    "productname",
    "itemname",
    "lineitemname",
    "artikelnummer",
    "artikelnr",
    "artikelid",
    "produktid",
    "artikel",
    "produkt",
    "商品编号",
    "商品id",
    "商品编码",
    "产品编号",
    "产品id",
    "货号",
    "商品",
    "产品",
    "编号",
    "id",
    "code",
];
pub(super) const KIND: &[&str] = &[
    "event",
    "eventtype",
    "eventname",
    "kind",
    "action",
    "actiontype",
    "behavior",
    "behaviortype",
    "behaviour",
    "behaviourtype",
    "interaction",
    "interactiontype",
    "activity",
    "type",
    "ereignis",
    "aktion",
    "行为",
    "行为类型",
    "事件",
    "事件类型",
];
pub(super) const RATING: &[&str] = &[
    "rating",
    "stars",
    "score",
    "overall",
    "bookrating",
    "userrating",
    "reviewrating",
    "reviewscore",
    "starrating",
    "bewertung",
    "sterne",
    "评分",
    "评价",
    "分数",
    "星级",
];
pub(super) const QUANTITY: &[&str] = &[
    "quantity",
    "qty",
    "qtyordered",
    "orderedqty",
    "qtyinvoiced",
    "orderquantity",
    "orderqty",
    "lineitemquantity",
    "itemsqty",
    "lineitemsquantity",
    "lineitemsqty",
    "itemsquantity",
    "itemquantity",
    "productquantity",
    "unitssold",
    "units",
    "amount",
    "value",
    "anzahl",
    "menge",
    "stück",
    "stückzahl",
    "数量",
    "购买数量",
    "件数",
];
/// Columns that only a log of sales has.
pub(super) const SALE_PRICE: &[&str] = &[
    "price",
    "unitprice",
    "itemprice",
    "lineprice",
    "linetotal",
    "lineamount",
    "lineitemprice",
    "saleprice",
    "soldprice",
    "total",
    "totalprice",
    "subtotal",
    "revenue",
    "ordervalue",
    "ordertotal",
    "salesamount",
    "amountpaid",
    "itemsprice",
    "preis",
    "einzelpreis",
    "gesamtpreis",
    "betrag",
    "umsatz",
    "单价",
    "价格",
    "金额",
    "总价",
];
pub(super) const TIME: &[&str] = &[
    "time",
    "timestamp",
    "datetime",
    "date",
    "eventtime",
    "eventtimestamp",
    "eventdatetime",
    "eventdate",
    "eventts",
    "createdat",
    "created",
    "invoicedate",
    "orderdate",
    "ordertime",
    "orderedat",
    "purchasedate",
    "purchasedat",
    "purchasetime",
    "transactiondate",
    "tdat",
    "paidat",
    "viewedat",
    "clickedat",
    "ratedat",
    "ratingtime",
    "unixreviewtime",
    "reviewtime",
    "reviewdate",
    "visittime",
    "visitdate",
    "occurredat",
    "ts",
    "unixtime",
    "datum",
    "bestelldatum",
    "kaufdatum",
    "zeit",
    "zeitpunkt",
    "时间",
    "时间戳",
    "日期",
    "下单时间",
    "购买时间",
];
/// Numbers of orders: a log that has one is of sales.
pub(super) const ORDER: &[&str] = &[
    "basket",
    "basketid",
    "invoiceno",
    "invoice",
    "invoiceid",
    "invoicenumber",
    "orderid",
    "orderno",
    "ordernumber",
    "order",
    "transactionid",
    "transaction",
    "receiptid",
    "receipt",
    "bestellnummer",
    "bestellung",
    "rechnungsnummer",
    "订单",
    "订单号",
    "订单编号",
];
/// Visits: a log that has one need not be of sales.
pub(super) const SESSION: &[&str] = &[
    "session",
    "sessionid",
    "usersession",
    "visitid",
    "gasessionid",
    "会话",
    "会话id",
];
/// Times at which an order was cancelled or given back: one that has such a time did not take place.
pub(super) const CANCELLED_AT: &[&str] = &[
    "cancelledat",
    "canceledat",
    "cancellationdate",
    "refundedat",
    "取消时间",
];
pub(super) const STATUS: &[&str] = &[
    "orderstatus",
    "financialstatus",
    "paymentstatus",
    "status",
    "订单状态",
];
/// Longer texts, to which surplus separators belong.
pub(super) const TEXT: &[&str] = &[
    "title",
    "producttitle",
    "productname",
    "productdisplayname",
    "displayname",
    "itemname",
    "name",
    "description",
    "productdescription",
    "lineitemname",
    "text",
    "reviewtext",
    "reviewbody",
    "details",
    "body",
    "summary",
    "商品名称",
    "商品标题",
    "标题",
    "名称",
    "描述",
];

/// Whether a heading is that of any role.
pub(super) fn is_known(heading: &str) -> bool {
    let heading = plain(heading);
    let lists = [
        SHOPPER, PRODUCT, KIND, RATING, QUANTITY, SALE_PRICE, TIME, ORDER, SESSION, STATUS, TEXT,
    ];
    lists.iter().any(|names| names.contains(&heading.as_str()))
}

/// Whether a heading ends as those of times do, for example `clicked_at`, `event_ts` and `visitDate`.
pub(super) fn ends_like_a_time(heading: &str) -> bool {
    let lower = heading.trim().to_lowercase();
    let last_word = lower
        .rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    let words = [
        "at",
        "ts",
        "on",
        "time",
        "date",
        "datetime",
        "timestamp",
        "datum",
        "时间",
        "日期",
    ];
    let is_several_words = last_word.len() < lower.len();
    is_several_words && words.contains(&last_word)
        || ["timestamp", "datetime", "date", "time", "时间", "日期"]
            .iter()
            .any(|end| lower.ends_with(end))
        || ["At", "Ts", "On"]
            .iter()
            .any(|end| heading.trim().ends_with(end) && heading.trim().len() > end.len())
}

/// The role that a heading looks like by a part of it, for a note about a column that is not used.
pub(super) fn looks_like(heading: &str) -> Option<&'static str> {
    let plain = plain(heading);
    let has = |words: &[&str]| words.iter().any(|word| plain.contains(word));
    if has(&[
        "user", "customer", "shopper", "visitor", "buyer", "member", "kunde", "用户", "顾客",
        "会员",
    ]) {
        Some("shopper")
    } else if has(&[
        "product", "item", "sku", "article", "artikel", "商品", "产品",
    ]) {
        Some("product")
    } else if ends_like_a_time(heading) {
        Some("time")
    } else if has(&["event", "action", "behavio", "行为", "事件"]) {
        Some("kind")
    } else if has(&[
        "rating", "stars", "score", "quantity", "qty", "评分", "数量",
    ]) {
        Some("value")
    } else if has(&[
        "order",
        "invoice",
        "basket",
        "session",
        "transaction",
        "订单",
    ]) {
        Some("basket")
    } else {
        None
    }
}
