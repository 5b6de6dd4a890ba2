//! Headings by role, English and Chinese, in the order of preference; compared in lower case, letters and digits only.

use super::plain;

/// Ids that can be nothing but a product's.
pub(crate) const PRODUCT_ID: &[&str] = &[
    "productid",
    "itemid",
    "sku",
    "skuid",
    "stockcode",
    "asin",
    "articleid",
    "clothingid",
    "goodsid",
    "productcode",
    "itemcode",
    "movieid",
    "商品编号",
    "商品id",
    "商品编码",
    "产品编号",
    "产品id",
    "货号",
];
/// The id of whatever the table is of: in a catalogue the product's, in a log that names products elsewhere the event's.
pub(crate) const ID: &[&str] = &["编号", "id", "code"];
pub(crate) const PRODUCT: &[&str] = &["product", "item", "article", "商品", "产品"];
pub(crate) const TITLE: &[&str] = &[
    "title",
    "producttitle",
    "productname",
    "productdisplayname",
    "displayname",
    "itemname",
    "name",
    "商品名称",
    "商品标题",
    "商品名",
    "产品名称",
    "标题",
    "名称",
    "品名",
    "description",
    "productdescription",
    "商品",
    "产品",
];
pub(crate) const TEXT: &[&str] = &[
    "text",
    "description",
    "productdescription",
    "longdescription",
    "details",
    "body",
    "summary",
    "about",
    "商品描述",
    "商品详情",
    "描述",
    "详情",
    "简介",
    "介绍",
    "说明",
];
pub(crate) const SHOPPER: &[&str] = &[
    "shopperid",
    "shopper",
    "customerid",
    "userid",
    "visitorid",
    "memberid",
    "buyerid",
    "reviewerid",
    "customer",
    "user",
    "visitor",
    "buyer",
    "用户id",
    "用户编号",
    "用户",
    "顾客id",
    "顾客编号",
    "顾客",
    "会员id",
    "会员",
    "买家",
];
pub(crate) const KIND: &[&str] = &[
    "event",
    "eventtype",
    "kind",
    "action",
    "behavior",
    "behaviortype",
    "behaviour",
    "type",
    "行为",
    "行为类型",
    "事件",
    "事件类型",
];
pub(crate) const RATING: &[&str] = &[
    "rating", "stars", "score", "overall", "评分", "评价", "分数", "星级",
];
pub(crate) const QUANTITY: &[&str] = &[
    "quantity",
    "qty",
    "amount",
    "value",
    "数量",
    "购买数量",
    "件数",
];
pub(crate) const TIME: &[&str] = &[
    "time",
    "timestamp",
    "datetime",
    "date",
    "eventtime",
    "createdat",
    "invoicedate",
    "orderdate",
    "时间",
    "时间戳",
    "日期",
    "下单时间",
    "购买时间",
];
pub(crate) const BASKET: &[&str] = &[
    "basket",
    "basketid",
    "invoiceno",
    "invoice",
    "invoiceid",
    "orderid",
    "orderno",
    "order",
    "transactionid",
    "session",
    "sessionid",
    "订单",
    "订单号",
    "订单编号",
    "会话",
    "会话id",
];

/// Whether a heading names a title or a longer text.
pub(crate) fn is_text(heading: &str) -> bool {
    let heading = plain(heading);
    [TITLE, TEXT]
        .iter()
        .any(|names| names.contains(&heading.as_str()))
}
