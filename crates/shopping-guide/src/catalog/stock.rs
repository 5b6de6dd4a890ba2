//! Reads whether a product can be bought: its stock and its status.

use crate::table::plain;

/// What a text says of the stock: `Some(true)` if the product can be ordered, `None` if the text is not known.
///
/// A number is a count of pieces: more than 0 is in stock. `10+` and `> 5` are counts too. Back orders and pre-orders can be
/// ordered.
pub(super) fn in_stock(text: &str) -> Option<bool> {
    if let Some(count) = pieces(text) {
        return Some(count > 0.0);
    }
    Some(match plain(text).as_str() {
        "instock"
        | "available"
        | "true"
        | "yes"
        | "y"
        | "t"
        | "limited"
        | "limitedstock"
        | "limitedavailability"
        | "lowstock"
        | "lowinstock"
        | "backorder"
        | "backordered"
        | "onbackorder"
        | "availableonbackorder"
        | "availableforbackorder"
        | "preorder"
        | "availableforpreorder"
        | "presale"
        | "onlineonly"
        | "instoreonly"
        | "有货"
        | "现货"
        | "有"
        | "是"
        | "有库存"
        | "库存充足"
        | "预售"
        | "预订"
        | "可订"
        | "auflager"
        | "lieferbar"
        | "enstock"
        | "disponible" => true,
        "outofstock" | "notinstock" | "nostock" | "unavailable" | "notavailable" | "soldout"
        | "false" | "no" | "n" | "f" | "discontinued" | "缺货" | "无货" | "无" | "否"
        | "无库存" | "售罄" | "已售罄" | "售完" | "已售完" | "暂时缺货" | "ausverkauft"
        | "nichtlieferbar" | "nichtverfügbar" | "vergriffen" | "épuisé" | "rupture"
        | "rupturedestock" | "agotado" | "sold" | "comingsoon" => false,
        _ => {
            // Google's feeds once wrote `https://schema.org/InStock`.
            let name = text.trim().rsplit_once("schema.org/")?.1;
            return in_stock(name);
        }
    })
}

/// What a text says of the status: `Some(true)` if the product is on sale, `None` if the text is not known.
///
/// Magento writes 1 for enabled and 2 for disabled, WooCommerce 1 for published, 0 for private and -1 for draft.
pub(super) fn is_on_sale(text: &str) -> Option<bool> {
    match text.trim() {
        "-1" => return Some(false),
        "1.0" => return Some(true),
        "0.0" => return Some(false),
        _ => {}
    }
    Some(match plain(text).as_str() {
        "active"
        | "activated"
        | "published"
        | "publish"
        | "enabled"
        | "enable"
        | "visible"
        | "true"
        | "yes"
        | "y"
        | "t"
        | "1"
        | "online"
        | "live"
        | "onsale"
        | "forsale"
        | "listed"
        | "approved"
        | "public"
        | "catalogsearch"
        | "catalog"
        | "search"
        | "visibleindividually"
        | "上架"
        | "已上架"
        | "在售"
        | "销售中"
        | "正常"
        | "启用"
        | "是"
        | "aktiv" => true,
        "draft"
        | "drafted"
        | "archived"
        | "archive"
        | "private"
        | "pending"
        | "pendingreview"
        | "future"
        | "scheduled"
        | "autodraft"
        | "inherit"
        | "trash"
        | "trashed"
        | "deleted"
        | "disabled"
        | "disable"
        | "inactive"
        | "deactivated"
        | "unpublished"
        | "unlisted"
        | "hidden"
        | "invisible"
        | "offline"
        | "discontinued"
        | "retired"
        | "suspended"
        | "rejected"
        | "false"
        | "no"
        | "n"
        | "f"
        | "0"
        | "2"
        | "notvisible"
        | "notvisibleindividually"
        | "下架"
        | "已下架"
        | "停售"
        | "草稿"
        | "禁用"
        | "停用"
        | "否"
        | "inaktiv"
        | "entwurf" => false,
        _ => return None,
    })
}

/// Whether a text says that a product can be ordered while there is none in stock (Shopify's inventory policy,
/// WooCommerce's "Backorders allowed?").
pub(super) fn takes_back_orders(text: &str) -> bool {
    matches!(
        plain(text).as_str(),
        "continue" | "1" | "yes" | "true" | "notify"
    )
}

/// The pieces of `12`, `-3`, `4.0`, `1,200`, `10+`, `> 5`, `12 pcs`.
fn pieces(text: &str) -> Option<f64> {
    let text = text.trim().trim_start_matches(['>', '≥', '~']).trim_start();
    let text: String = text.chars().filter(|&c| c != ',').collect();
    let digits = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    let end = text.find(|c| !digits(c)).unwrap_or(text.len());
    let unit = plain(&text[end..]);
    let known = [
        "",
        "pcs",
        "pc",
        "pieces",
        "units",
        "stk",
        "stück",
        "件",
        "个",
        "instock",
        "available",
        "left",
        "remaining",
    ];
    let count: f64 = text[..end].parse().ok()?;
    (known.contains(&unit.as_str()) && count.is_finite()).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stock_is_read_in_every_writing() {
        for text in [
            "in stock",
            "In_Stock",
            "instock",
            "IN STOCK",
            "yes",
            "TRUE",
            "1",
            "12",
            "4.0000",
            "10+",
            "> 5",
            "1,200",
            "12 pcs",
            "preorder",
            "backorder",
            "有货",
            "https://schema.org/InStock",
        ] {
            assert_eq!(in_stock(text), Some(true), "{text}");
        }
        for text in [
            "out of stock",
            "out_of_stock",
            "OutOfStock",
            "sold out",
            "no",
            "false",
            "0",
            "-3",
            "0.0000",
            "0 pcs",
            "缺货",
            "http://schema.org/OutOfStock",
        ] {
            assert_eq!(in_stock(text), Some(false), "{text}");
        }
        for text in ["", "soon", "S", "1-2 days", "NaN", "inf", "."] {
            assert_eq!(in_stock(text), None, "{text}");
        }
    }

    #[test]
    fn a_status_is_read_in_every_writing() {
        for text in [
            "active",
            "Published",
            "1",
            "TRUE",
            "Enabled",
            "Catalog, Search",
            "visible",
            "上架",
        ] {
            assert_eq!(is_on_sale(text), Some(true), "{text}");
        }
        for text in [
            "draft",
            "Archived",
            "-1",
            "0",
            "2",
            "FALSE",
            "Disabled",
            "Not Visible Individually",
            "hidden",
            "trash",
        ] {
            assert_eq!(is_on_sale(text), Some(false), "{text}");
        }
        for text in ["", "new", "gold", "3"] {
            assert_eq!(is_on_sale(text), None, "{text}");
        }
    }
}
