//! A shape for each type of product of the demo shop, on a field of 120 by 110, filled with the product's colour.

/// Type and shape; a class `l` is a light line upon the shape, `o` an outline in the product's colour.
pub(super) const SHAPES: [(&str, &str); 60] = [
    // Kitchen
    (
        "mug",
        "<path d='M35 34h42v44a12 12 0 0 1-12 12H47a12 12 0 0 1-12-12z'/><path class='o' d='M77 46h8a10 10 0 0 1 0 24h-8'/>",
    ),
    (
        "bowl",
        "<path d='M22 48h76c0 24-14 38-28 40H50C36 86 22 72 22 48z'/>",
    ),
    (
        "teapot",
        "<path d='M36 50c-6 0-16-4-20-12 2 18 10 24 20 28z'/><ellipse cx='60' cy='64' rx='30' ry='26'/><path class='o' d='M88 52c16-6 20 20-2 26'/><path d='M48 40a12 8 0 0 1 24 0z'/><circle cx='60' cy='29' r='4'/>",
    ),
    (
        "frying pan",
        "<circle cx='46' cy='58' r='30'/><rect x='72' y='52' width='40' height='12' rx='6'/><circle class='l' cx='46' cy='58' r='21'/>",
    ),
    (
        "chopping board",
        "<rect x='18' y='34' width='66' height='46' rx='7'/><rect x='82' y='50' width='24' height='14' rx='7'/><path class='l' d='M28 46h44M28 57h44M28 68h44'/>",
    ),
    (
        "storage jar",
        "<rect x='36' y='36' width='48' height='56' rx='9'/><rect x='40' y='22' width='40' height='11' rx='4'/><path class='l' d='M46 56h28v18H46z'/>",
    ),
    // Home
    (
        "table lamp",
        "<path d='M42 24h36l14 36H28z'/><path d='M57 60h6v24h-6z'/><rect x='42' y='84' width='36' height='7' rx='3'/>",
    ),
    (
        "cushion",
        "<path d='M26 30q34 10 68 0-8 28 0 56-34-10-68 0 8-28 0-56z'/><circle class='l' cx='60' cy='58' r='3'/>",
    ),
    (
        "candle",
        "<rect x='48' y='44' width='24' height='48' rx='4'/><path d='M60 18q13 14 0 22-13-8 0-22z' fill='#f2b53a'/><path d='M60 36v8' stroke='#555' stroke-width='2'/>",
    ),
    (
        "vase",
        "<path d='M48 20h24c-4 14 0 18 8 30 10 16 4 34-8 42H48C36 84 30 66 40 50c8-12 12-16 8-30z'/>",
    ),
    (
        "rug",
        "<rect x='20' y='34' width='80' height='46'/><path class='l' d='M30 44h60v26H30z'/><path class='o' stroke-dasharray='3 4' d='M16 34v46M104 34v46'/>",
    ),
    (
        "wall clock",
        "<circle cx='60' cy='56' r='36'/><circle class='l' cx='60' cy='56' r='28'/><path class='l' d='M60 38v18l13 9'/>",
    ),
    // Clothing
    (
        "T-shirt",
        "<path d='M44 26L20 40l9 17 11-5v38h40V52l11 5 9-17-24-14a16 11 0 0 1-32 0z'/>",
    ),
    (
        "jacket",
        "<path d='M44 22L26 34 18 82h14l6-24v34h44V58l6 24h14l-8-48-18-12-16 10z'/><path class='l' d='M60 32v60M46 66h6M68 66h6'/>",
    ),
    (
        "scarf",
        "<path d='M38 22h44l-4 18H42z'/><path d='M46 38h16v50H46z'/><path d='M66 38l14 2-6 36-13-3z'/><path class='l' d='M48 78h12M48 70h12'/>",
    ),
    (
        "jumper",
        "<path d='M46 24L28 34 14 82l14 6 12-34v38h40V54l12 34 14-6-14-48-18-10q-14 8-28 0z'/><path class='l' d='M40 84h40M42 62h36'/>",
    ),
    (
        "trousers",
        "<path d='M40 20h40l8 72H68l-8-44-8 44H32z'/><path class='l' d='M40 28h40'/>",
    ),
    (
        "dress",
        "<path d='M46 20l4 12q10 6 20 0l4-12 6 16-6 18 20 38H26l20-38-6-18z'/><path class='l' d='M46 54h28'/>",
    ),
    // Shoes
    (
        "sneakers",
        "<path d='M22 46l20-4c6 12 18 18 36 20 14 2 22 6 22 18H22z'/><rect x='20' y='81' width='82' height='9' rx='4'/><path class='l' d='M46 56l8-6M54 61l8-6M62 65l7-6'/>",
    ),
    (
        "boots",
        "<path d='M38 18h28v42c18 2 30 8 32 24H38z'/><path d='M36 84h64v8H36z'/><path class='l' d='M38 30h28'/>",
    ),
    (
        "sandals",
        "<rect x='18' y='74' width='84' height='11' rx='5'/><path class='o' d='M34 74q14-30 40 0M28 74q2-22 16-24'/>",
    ),
    (
        "slippers",
        "<path d='M16 78c0-26 40-34 56-14l30 12v10H16z'/><path class='l' d='M56 62q-2 12 16 14'/>",
    ),
    (
        "loafers",
        "<path d='M20 52q16-6 24 6c14 6 38 2 48 10 6 4 8 8 8 14H20z'/><path d='M20 82h80v7H20z'/><path class='l' d='M52 66q10-8 20-2M20 52q10 14 24 6'/>",
    ),
    (
        "running shoes",
        "<path d='M18 36l16 4c8 14 20 20 40 22 16 2 26 8 28 18H24c-8-12-8-28-6-44z'/><path d='M18 80h86q-4 12-14 12H32q-12 0-14-12z'/><path class='l' d='M34 74q20-2 26-16'/>",
    ),
    // Electronics
    (
        "headphones",
        "<path class='o' d='M30 66v-8a30 30 0 0 1 60 0v8'/><rect x='22' y='60' width='18' height='32' rx='7'/><rect x='80' y='60' width='18' height='32' rx='7'/>",
    ),
    (
        "keyboard",
        "<rect x='12' y='38' width='96' height='40' rx='6'/><path class='l' stroke-dasharray='7 4' d='M20 48h80M20 58h80'/><path class='l' d='M38 69h44'/>",
    ),
    (
        "phone case",
        "<rect x='38' y='16' width='44' height='80' rx='9'/><rect class='l' x='44' y='22' width='14' height='16' rx='4'/><circle class='l' cx='51' cy='30' r='3'/>",
    ),
    (
        "power bank",
        "<rect x='34' y='22' width='52' height='72' rx='10'/><path class='l' d='M64 36L50 60h10l-4 20 16-26H61z'/>",
    ),
    (
        "speaker",
        "<rect x='34' y='16' width='52' height='80' rx='8'/><circle class='l' cx='60' cy='68' r='17'/><circle class='l' cx='60' cy='68' r='6'/><circle class='l' cx='60' cy='34' r='8'/>",
    ),
    (
        "mouse",
        "<rect x='38' y='30' width='44' height='64' rx='22'/><path class='l' d='M38 56h44M60 30v26'/><path class='o' style='stroke-width:3' d='M60 30q0-12 14-14'/>",
    ),
    // Outdoor
    (
        "tent",
        "<path d='M60 24l46 66H14z'/><path d='M60 46l16 44H44z' fill='#fff' fill-opacity='.6'/>",
    ),
    (
        "backpack",
        "<path d='M36 44a24 24 0 0 1 48 0v48H36z'/><rect x='26' y='58' width='10' height='28' rx='4'/><rect x='84' y='58' width='10' height='28' rx='4'/><path class='l' d='M44 64h32v20H44zM50 40h20'/>",
    ),
    (
        "camping lantern",
        "<rect x='42' y='40' width='36' height='40' rx='4' fill-opacity='.45'/><rect x='38' y='80' width='44' height='12' rx='4'/><path d='M44 40l6-12h20l6 12z'/><path class='o' style='stroke-width:3' d='M48 30a12 14 0 0 1 24 0'/><circle cx='60' cy='60' r='7' fill='#f2b53a'/>",
    ),
    (
        "sleeping bag",
        "<path d='M20 42q0-14 16-14 12 0 20 8h40q10 0 10 12v22q0 12-10 12H56q-8 8-20 8-16 0-16-14z'/><path class='l' d='M56 58h44M36 44a14 14 0 0 0 0 28'/>",
    ),
    (
        "water bottle",
        "<path d='M50 34h20c8 6 10 12 10 18v34q0 8-8 8H48q-8 0-8-8V52c0-6 2-12 10-18z'/><rect x='50' y='16' width='20' height='15' rx='3'/><path class='l' d='M40 62h40'/>",
    ),
    (
        "folding chair",
        "<path d='M34 18h8l4 40h38v9H40z'/><path class='o' d='M44 66l34 28M82 66L48 94'/>",
    ),
    // Sports
    (
        "yoga mat",
        "<path d='M34 36h62v44H34z'/><ellipse cx='34' cy='58' rx='13' ry='22'/><ellipse class='l' cx='34' cy='58' rx='5' ry='10'/>",
    ),
    (
        "dumbbell",
        "<rect x='36' y='53' width='48' height='10'/><rect x='24' y='36' width='15' height='44' rx='4'/><rect x='81' y='36' width='15' height='44' rx='4'/><rect x='14' y='46' width='10' height='24' rx='3'/><rect x='96' y='46' width='10' height='24' rx='3'/>",
    ),
    (
        "football",
        "<circle cx='60' cy='57' r='34'/><path class='l' d='M60 43l13 10-5 15H52l-5-15zM60 43V25M73 53l18-6M68 68l11 15M52 68L41 83M47 53l-18-6'/>",
    ),
    (
        "skipping rope",
        "<path class='o' style='stroke-width:4' d='M32 46c0 60 56 60 56 0'/><rect x='27' y='18' width='10' height='32' rx='5'/><rect x='83' y='18' width='10' height='32' rx='5'/>",
    ),
    (
        "badminton racket",
        "<path class='o' d='M60 14a20 25 0 0 1 0 50 20 25 0 0 1 0-50z'/><path d='M57 64h6v34h-6z'/><path d='M48 24v30M60 16v46M72 24v30M42 34h36M42 46h36' stroke='#8895a0' stroke-width='1.5' fill='none'/>",
    ),
    (
        "swim goggles",
        "<ellipse cx='40' cy='58' rx='20' ry='16'/><ellipse cx='80' cy='58' rx='20' ry='16'/><ellipse class='l' cx='40' cy='58' rx='12' ry='9'/><ellipse class='l' cx='80' cy='58' rx='12' ry='9'/><path class='o' d='M20 54L8 46M100 54l12-8M58 54h4'/>",
    ),
    // Toys
    (
        "puzzle",
        "<path d='M24 34h26a9 9 0 1 1 18 0h26v24a9 9 0 1 0 0 18v16H24V76a9 9 0 1 1 0-18z'/>",
    ),
    (
        "plush bear",
        "<circle cx='40' cy='28' r='10'/><circle cx='80' cy='28' r='10'/><circle cx='60' cy='42' r='24'/><ellipse cx='60' cy='80' rx='24' ry='20'/><circle class='l' cx='60' cy='50' r='8'/><path class='l' d='M51 37h1M68 37h1'/>",
    ),
    (
        "building blocks",
        "<rect x='24' y='60' width='32' height='32' rx='3'/><rect x='64' y='60' width='32' height='32' rx='3'/><path d='M60 18l20 36H40z'/>",
    ),
    (
        "toy train",
        "<rect x='22' y='30' width='34' height='48'/><rect x='56' y='50' width='42' height='28'/><rect x='78' y='32' width='11' height='18'/><circle cx='38' cy='84' r='10'/><circle cx='66' cy='84' r='8'/><circle cx='88' cy='84' r='8'/><path class='l' d='M29 38h20v16H29z'/>",
    ),
    (
        "kite",
        "<path d='M60 12l28 34-28 38-28-38z'/><path class='l' d='M60 12v72M32 46h56'/><path class='o' style='stroke-width:3' d='M60 84q-10 8 2 12t10 10'/>",
    ),
    (
        "board game",
        "<rect x='22' y='24' width='72' height='66' rx='4'/><path d='M34 36h16v14H34zM66 36h16v14H66zM50 50h16v14H50zM34 64h16v14H34zM66 64h16v14H66z' fill='#fff' fill-opacity='.6'/>",
    ),
    // Stationery
    (
        "notebook",
        "<rect x='34' y='20' width='54' height='74' rx='5'/><path class='l' d='M46 20v74'/><path class='o' style='stroke-width:3' d='M28 32h10M28 46h10M28 60h10M28 74h10'/>",
    ),
    (
        "fountain pen",
        "<path d='M74 16l22 22-40 40-22-22z'/><path d='M34 56l22 22-36 16z'/><path class='l' d='M20 94l20-20M44 46l22 22'/>",
    ),
    (
        "pencil case",
        "<rect x='14' y='40' width='92' height='40' rx='16'/><path class='l' d='M26 52h62'/><path class='l' d='M88 52l4 10'/>",
    ),
    (
        "desk organiser",
        "<path d='M26 52h30v40H26zM60 40h34v52H60z'/><path class='o' style='stroke-width:4' d='M34 52V26M44 52V34M72 40V20M84 40l4-18'/><path class='l' d='M66 66h22'/>",
    ),
    (
        "calendar",
        "<rect x='24' y='28' width='72' height='64' rx='5'/><path class='l' d='M24 44h72'/><path class='l' stroke-dasharray='7 7' d='M34 56h56M34 68h56M34 80h40'/><path class='o' style='stroke-width:4' d='M42 20v14M78 20v14'/>",
    ),
    (
        "sketchbook",
        "<rect x='18' y='32' width='84' height='58' rx='3'/><path class='o' style='stroke-width:3' stroke-dasharray='3 6' d='M22 28h78'/><path class='l' d='M28 80l18-26 14 16 10-10 22 20M80 48h1'/>",
    ),
    // Beauty
    (
        "lipstick",
        "<rect x='46' y='58' width='28' height='36' rx='3'/><rect x='50' y='42' width='20' height='16'/><path d='M52 42V26q12-14 16-6v22z'/><path class='l' d='M46 66h28'/>",
    ),
    (
        "face cream",
        "<rect x='28' y='52' width='64' height='38' rx='9'/><rect x='32' y='32' width='56' height='18' rx='4'/><path class='l' d='M44 68h32'/>",
    ),
    (
        "perfume",
        "<path d='M32 52l10-10h36l10 10v40H32z'/><rect x='52' y='30' width='16' height='12'/><rect x='46' y='16' width='28' height='14' rx='4'/><path class='l' d='M44 60h32v22H44z'/>",
    ),
    (
        "soap",
        "<rect x='22' y='46' width='76' height='40' rx='18'/><rect class='l' x='36' y='56' width='48' height='20' rx='9'/><circle cx='38' cy='32' r='7'/><circle cx='56' cy='24' r='5'/><circle cx='68' cy='34' r='4'/>",
    ),
    (
        "hand cream",
        "<path d='M40 22h40l-6 54H46z'/><rect x='48' y='78' width='24' height='16' rx='3'/><path class='l' d='M50 40h20M51 50h18'/>",
    ),
    (
        "hair brush",
        "<ellipse cx='44' cy='46' rx='28' ry='22' transform='rotate(35 44 46)'/><path d='M62 62l10-8 34 30q2 8-8 10z'/><path class='l' stroke-dasharray='2 6' d='M28 40l26 20M34 32l26 20M26 50l20 15'/>",
    ),
];
