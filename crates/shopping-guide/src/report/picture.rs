//! Small drawings of products from their category and colour.

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

/// Category and its shape on a field of 120 by 110, filled with the product's colour.
const SHAPES: [(&str, &str); 10] = [
    (
        "Kitchen",
        "<path d='M35 40h42v38a12 12 0 0 1-12 12h-18a12 12 0 0 1-12-12z'/><path d='M77 50h8a9 9 0 0 1 0 22h-8' fill='none' stroke-width='6'/>",
    ),
    (
        "Home",
        "<path d='M42 28h36l14 34h-64z'/><path d='M57 62h6v24h-6z'/><rect x='44' y='86' width='32' height='6' rx='3'/>",
    ),
    (
        "Clothing",
        "<path d='M44 28l-22 14 9 17 9-5v38h40v-38l9 5 9-17-22-14a16 12 0 0 1-32 0z'/>",
    ),
    (
        "Shoes",
        "<path d='M26 46h22c4 12 14 16 30 18 12 2 18 8 18 16h-70z'/><rect x='26' y='82' width='70' height='7' rx='3'/>",
    ),
    (
        "Electronics",
        "<path d='M32 68v-8a28 28 0 0 1 56 0v8' fill='none' stroke-width='7'/><rect x='26' y='62' width='16' height='28' rx='6'/><rect x='78' y='62' width='16' height='28' rx='6'/>",
    ),
    (
        "Outdoor",
        "<path d='M60 26l42 64h-84z'/><path d='M60 50l16 40h-32z' fill='#ffffff' fill-opacity='.55'/>",
    ),
    (
        "Sports",
        "<circle cx='60' cy='60' r='32'/><path d='M28 60h64M60 28v64M38 37q22 23 0 46M82 37q-22 23 0 46' fill='none' stroke='#ffffff' stroke-opacity='.7' stroke-width='3'/>",
    ),
    (
        "Toys",
        "<rect x='28' y='62' width='30' height='28' rx='3'/><rect x='62' y='62' width='30' height='28' rx='3'/><path d='M60 26l18 32h-36z'/>",
    ),
    (
        "Stationery",
        "<rect x='36' y='26' width='50' height='66' rx='4'/><path d='M46 26v66' fill='none' stroke='#ffffff' stroke-opacity='.7' stroke-width='3'/><path d='M56 44h22M56 56h22M56 68h14' fill='none' stroke='#ffffff' stroke-opacity='.7' stroke-width='3'/>",
    ),
    (
        "Beauty",
        "<rect x='44' y='50' width='32' height='42' rx='6'/><rect x='52' y='38' width='16' height='12'/><rect x='48' y='26' width='24' height='12' rx='4'/>",
    ),
];

/// An SVG drawing of a product; a plain box for a category and a grey for a colour that is not known.
pub fn picture(category: &str, colour: &str) -> String {
    let known = COLOURS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(colour));
    let fill = known.map_or("#b8c0c8", |(_, value)| value);
    let known = SHAPES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(category));
    let shape = known.map_or(
        "<rect x='34' y='34' width='52' height='52' rx='6'/>",
        |(_, shape)| shape,
    );
    format!(
        "<svg viewBox='0 0 120 110' role='img' aria-label='product'><rect width='120' height='110' rx='10' fill='#eef2f5'/>\
         <g fill='{fill}' stroke='#00000033' stroke-width='1.5' stroke-linejoin='round'>{shape}</g></svg>"
    )
}
