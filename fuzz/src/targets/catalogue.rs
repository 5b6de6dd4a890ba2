//! Catalogues: any table is read or refused, and what is read is the same after it is saved and read again.

use std::path::Path;

use shopping_guide::{Catalog, CatalogColumns};

use super::{Reading, ScratchFile, Target, choice, gzip, utf_16};

/// Reads catalogues.
pub struct Catalogues {
    corpus: Vec<Vec<u8>>,
    saved: ScratchFile,
}

const TOKENS: &[&[u8]] = &[
    b"id",
    b"title",
    b"price",
    b"text",
    b"picture",
    b"colour",
    b"Categories",
    b"Home > Kitchen",
    b"red|blue",
    b"USD 39.00",
    b"39,00 EUR",
    b"\xe2\x82\xac 5",
    b"Rs. 1,299",
    b"Sale price",
    b"Regular price",
    b"Variant SKU",
    b"item_group_id",
    b"In stock?",
    b"created_at",
    b"[\"a\", \"b\"]",
];

const TEXTS: &[&str] = &[
    "id,title,price,colour,text\n1,Mug,6.50,red,Holds 0.3 l\n2,Bowl,12,blue,\"Round, deep\"\n3,Plate,,red|blue,\n",
    "Artikel;Titel;Preis;Farbe\n7;Tasse;4,50;rot\n8;Tisch;1.299,50;blau\n9;Bett;ab 12 \u{20ac};\n",
    "sep=;\nid;name;price\n1;Cup;4.50\n2;Table;1,299.50\n",
    "id\ttitle\tprice\tCategories\tIn stock?\n1\tShirt\tUSD 39.00\tHome > Kitchen\t1\n2\tSkirt\t39,00 EUR\tHome\t0\n",
    "Handle,Title,Body (HTML),Vendor,Tags,Variant SKU,Variant Price,Image Src\n\
     hat,Hat,<p>Warm</p>,Acme,\"winter, wool\",HT-1,19.90,http://x/y.png\nhat,,,,,HT-2,21.00,\n",
    "ID,Type,SKU,Name,Regular price,Sale price,Categories\n1,variable,A,Coat,80,,\"Home > Coats, Sale\"\n2,variation,A-1,Coat S,80,60,\n",
    "\u{feff}\u{5546}\u{54c1}\u{7f16}\u{53f7},\u{5546}\u{54c1}\u{540d}\u{79f0},\u{4ef7}\u{683c},\u{989c}\u{8272}\n1,\u{7ea2}\u{8272} \u{676f},\u{ffe5}20\u{5143},\u{7ea2}\n",
    "{\"id\": 1, \"title\": \"Mug\", \"price\": 6.5, \"size\": {\"w\": 3}}\n{\"id\": 2, \"title\": \"Bowl\", \"tags\": [\"a\", \"b\"]}\n",
    "id|title|price\r\n1|Mug|5\r\n1|Mug|7\r\n2|Cup \\\"big\\\"|6\r\n",
    "1,Mug,6.50\n2,Bowl,12\n3,Plate,8\n",
];

impl Catalogues {
    /// The target with its corpus.
    pub fn new(scratch: &Path) -> Self {
        let mut corpus: Vec<Vec<u8>> = TEXTS.iter().map(|text| text.as_bytes().to_vec()).collect();
        corpus.push(utf_16(TEXTS[1]));
        corpus.push(b"id;titel;preis\n1;T\xfcr gr\xfcn;5\n2;K\xfcche;7\n".to_vec());
        corpus.push(gzip(TEXTS[0].as_bytes()));
        Self {
            corpus,
            saved: ScratchFile::new(scratch, "catalogue.csv"),
        }
    }
}

impl Target for Catalogues {
    fn corpus(&self) -> &[Vec<u8>] {
        &self.corpus
    }

    fn tokens(&self) -> &'static [&'static [u8]] {
        TOKENS
    }

    fn check(&self, input: &[u8]) -> Result<Reading, String> {
        let columns = match choice(input, 8) {
            0 => CatalogColumns::default().id("1").title("2"),
            1 => CatalogColumns::default().attributes(["colour", "Farbe", "price"]),
            _ => CatalogColumns::default(),
        };
        let Ok((catalog, report)) = Catalog::read_from(input, &columns) else {
            return Ok(Reading::Refused);
        };
        if report.rows < report.kept || catalog.is_empty() {
            return Err(format!(
                "{} of {} rows kept, {} products",
                report.kept,
                report.rows,
                catalog.len()
            ));
        }
        let _ = report.to_string();
        let path = &self.saved.0;
        catalog
            .save_csv(path)
            .map_err(|reason| format!("it cannot be saved: {reason}"))?;
        let (again, _) = Catalog::read(path, &CatalogColumns::default())
            .map_err(|reason| format!("once saved it cannot be read: {reason}"))?;
        for (one, other) in catalog.products().iter().zip(again.products()) {
            if one != other {
                return Err(format!("once saved and read, {one:?} is {other:?}"));
            }
        }
        match catalog == again {
            true => Ok(Reading::Accepted),
            false => Err(format!(
                "once saved and read, {} products are {}",
                catalog.len(),
                again.len()
            )),
        }
    }
}
