//! Event logs: any table is read or refused, and what is read is the same after it is saved and read again.

use std::path::Path;

use shopping_guide::{EventColumns, EventKind, Events, TableFormat};

use super::{Reading, ScratchFile, Target, choice, finite, gzip, utf_16};

/// Reads event logs.
pub struct Logs {
    corpus: Vec<Vec<u8>>,
    saved: ScratchFile,
}

const TOKENS: &[&[u8]] = &[
    b"user_id",
    b"product_id",
    b"event_type",
    b"rating",
    b"quantity",
    b"timestamp",
    b"order_id",
    b"status",
    b"cancelled",
    b"view",
    b"purchase",
    b"cart",
    b"addtocart",
    b"2024-01-03",
    b"03.01.2024 12:30",
    b"1/2/24",
    b"20240103",
    b"1704240000",
    b"1704240000000",
    b"45293",
    b"3:15 PM",
    b"Oct 5, 2023",
    b"2024-01-03T10:00:00+02:00",
    b"-62167219200",
    b"253402300799",
];

const TEXTS: &[&str] = &[
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
     1,A,MUG,6,2010-12-01 08:26:00,2.55,17850.0,UK\nC2,A,MUG,-1,2010-12-02 08:26:00,2.55,17850.0,UK\n3,B,\"BOWL, blue\",2,2010-12-03 08:26:00,1.00,9,UK\n",
    "user,item,rating,timestamp\nann,pen,4,881250949\nbob,ink,2.5,881250950\nann,ink,3,881250951\n",
    "timestamp,visitorid,event,itemid,transactionid\n1433221332117,257597,view,355908,\n1433224214164,992329,transaction,248676,4000\n",
    "event_time,event_type,product_id,price,user_id,user_session\n2019-10-01 00:00:00 UTC,view,44600062,35.79,541312140,72d76fde\n\
     2019-10-01 00:00:01 UTC,purchase,3900821,33.20,554748717,9333dfbd\n2019-10-01 00:00:04 UTC,cart,3900821,,554748717,9333dfbd\n",
    "\u{7528}\u{6237},\u{5546}\u{54c1},\u{884c}\u{4e3a},\u{65f6}\u{95f4}\n\u{7532},\u{676f}\u{5b50},\u{6d4f}\u{89c8},2024-01-01\n\u{4e59},\u{7897},\u{8d2d}\u{4e70},1704240000\n",
    "customer;article;day\n1;a;03.01.2024\n2;b;14.02.2024\n1;b;5.3.2024 15:30\n",
    "user_id\tproduct_id\n1\t2\n1\t3\n2\t2\n",
    "{\"user\": \"ann\", \"item\": 7, \"event\": \"view\", \"at\": \"2024-01-03T10:00:00Z\"}\n{\"user\": \"bob\", \"item\": 8, \"event\": \"buy\"}\n",
    "shopper,product,event,value,time,basket\nann,mug,rating,4.5,2024-01-01 10:00:00,\nann,bowl,purchase,2,2024-01-02 10:00:00,o1\nbob,mug,view,,,\n",
    "196\t242\t3\t881250949\n186\t302\t3\t891717742\n22\t377\t1\t878887116\n",
    "Order ID,Customer,SKU,Qty,Status,Date\n1,ann,m1,2,paid,\"Oct 5, 2023\"\n2,bob,m2,1,cancelled,\"Oct 6, 2023 3:15 PM\"\n",
];

impl Logs {
    /// The target with its corpus.
    pub fn new(scratch: &Path) -> Self {
        let mut corpus: Vec<Vec<u8>> = TEXTS.iter().map(|text| text.as_bytes().to_vec()).collect();
        corpus.push(utf_16(TEXTS[5]));
        corpus.push(b"k\xe4ufer;produkt\nJ\xfcrgen;T\xfcr\nJ\xf6rg;T\xfcr\n".to_vec());
        corpus.push(gzip(TEXTS[1].as_bytes()));
        Self {
            corpus,
            saved: ScratchFile::new(scratch, "events.csv"),
        }
    }
}

impl Target for Logs {
    fn corpus(&self) -> &[Vec<u8>] {
        &self.corpus
    }

    fn tokens(&self) -> &'static [&'static [u8]] {
        TOKENS
    }

    fn check(&self, input: &[u8]) -> Result<Reading, String> {
        let columns = match choice(input, 10) {
            0 => EventColumns::default()
                .shopper("1")
                .product("2")
                .format(TableFormat::default().no_heading()),
            1 => EventColumns::default().all_are(EventKind::Purchase),
            2 => EventColumns::default()
                .map("read", EventKind::View)
                .format(TableFormat::default().no_quotes()),
            3 => EventColumns::default().format(TableFormat::default().encoding("windows-1252")),
            _ => EventColumns::default(),
        };
        let Ok((events, report)) = Events::read_from(input, &columns) else {
            return Ok(Reading::Refused);
        };
        if report.kept != events.len() || report.kept + report.left_out != report.rows {
            let (rows, kept, left_out) = (report.rows, report.kept, report.left_out);
            return Err(format!(
                "{} events of {rows} rows, {kept} kept and {left_out} left out",
                events.len()
            ));
        }
        let _ = report.to_string();
        for event in events.iter() {
            event
                .value
                .map_or(Ok(()), |value| finite("a value", value))?;
        }
        let path = &self.saved.0;
        events
            .save_csv(path)
            .map_err(|reason| format!("it cannot be saved: {reason}"))?;
        let (again, _) = Events::read(path, &EventColumns::default())
            .map_err(|reason| format!("once saved it cannot be read: {reason}"))?;
        for (one, other) in events.iter().zip(again.iter()) {
            if one != other {
                return Err(format!("once saved and read, {one:?} is {other:?}"));
            }
        }
        match events == again {
            true => Ok(Reading::Accepted),
            false => Err(format!(
                "once saved and read, {} events are {}",
                events.len(),
                again.len()
            )),
        }
    }
}
