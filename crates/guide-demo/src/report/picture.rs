//! Small drawings of products from their type and colour.

use super::shapes::SHAPES;

/// Name and colour value.
const COLOURS: [(&str, &str); 12] = [
    ("red", "#d64545"),
    ("blue", "#3d6fd1"),
    ("green", "#3f9a5d"),
    ("yellow", "#e8c02f"),
    ("black", "#2e3238"),
    ("white", "#fafafa"),
    ("grey", "#9aa3ad"),
    ("pink", "#ea8fb2"),
    ("orange", "#ea8a35"),
    ("purple", "#8456bd"),
    ("brown", "#8d6244"),
    ("teal", "#2f9c95"),
];

/// An SVG drawing of a product of the demo shop; a plain box for a type and a grey for a colour that is not known.
pub fn picture(kind: &str, colour: &str) -> String {
    let known = COLOURS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(colour));
    let fill = known.map_or("#b8c0c8", |(_, value)| value);
    let known = SHAPES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(kind));
    let shape = known.map_or(
        "<rect x='34' y='34' width='52' height='52' rx='6'/>",
        |(_, shape)| shape,
    );
    let outline = format!("fill='none' stroke='{fill}' stroke-width='7'");
    let light = if fill == "#fafafa" {
        "#9aa3ad"
    } else {
        "#ffffff"
    };
    let light = format!("fill='none' stroke='{light}' stroke-opacity='.75' stroke-width='3'");
    let shape = shape
        .replace("class='o'", &outline)
        .replace("class='l'", &light);
    format!(
        "<svg viewBox='0 0 120 110' role='img' aria-label='product'><rect width='120' height='110' rx='10' fill='#dfe6eb'/>\
         <g fill='{fill}' stroke='#00000040' stroke-width='1.5' stroke-linejoin='round' stroke-linecap='round'>{shape}</g></svg>"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::DemoShop;

    #[test]
    fn every_type_of_the_demo_shop_has_a_shape_of_its_own() {
        let shop = DemoShop::params().n_products(1000).generate().unwrap();
        let products = shop.catalog.products().iter();
        let types: HashSet<&str> = products
            .filter_map(|product| product.value("type"))
            .collect();
        let known: HashSet<&str> = SHAPES.iter().map(|(name, _)| *name).collect();
        assert_eq!(types, known);
        let pictures: HashSet<String> = types.iter().map(|kind| picture(kind, "red")).collect();
        assert_eq!(pictures.len(), 60);
        assert!(!pictures.contains(&picture("spaceship", "red")));
    }
}
