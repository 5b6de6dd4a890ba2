//! What the demo shop's products are made of: categories with their types, brands, colours and materials, in English and
//! Chinese.

/// A name in English and in Chinese.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    pub(super) en: &'static str,
    pub(super) zh: &'static str,
}

const fn name(en: &'static str, zh: &'static str) -> Name {
    Name { en, zh }
}

/// A kind of product with its usual price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub(super) name: Name,
    pub(super) price: f64,
}

const fn kind(en: &'static str, zh: &'static str, price: f64) -> Type {
    Type {
        name: name(en, zh),
        price,
    }
}

/// A shelf of the shop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Category {
    pub(super) name: Name,
    pub(super) types: [Type; 6],
    pub(super) materials: [Name; 4],
    pub(super) use_for: Name,
}

pub(super) const CATEGORIES: [Category; 10] = [
    Category {
        name: name("Kitchen", "厨房"),
        types: [
            kind("mug", "马克杯", 9.0),
            kind("bowl", "碗", 11.0),
            kind("teapot", "茶壶", 28.0),
            kind("frying pan", "煎锅", 39.0),
            kind("chopping board", "砧板", 18.0),
            kind("storage jar", "储物罐", 12.0),
        ],
        materials: [
            name("ceramic", "陶瓷"),
            name("enamel", "搪瓷"),
            name("steel", "不锈钢"),
            name("bamboo", "竹制"),
        ],
        use_for: name("for daily cooking and tea", "适合日常烹饪与泡茶"),
    },
    Category {
        name: name("Home", "家居"),
        types: [
            kind("table lamp", "台灯", 42.0),
            kind("cushion", "靠枕", 16.0),
            kind("candle", "蜡烛", 10.0),
            kind("vase", "花瓶", 24.0),
            kind("rug", "地毯", 69.0),
            kind("wall clock", "挂钟", 30.0),
        ],
        materials: [
            name("linen", "亚麻"),
            name("glass", "玻璃"),
            name("oak", "橡木"),
            name("cotton", "棉质"),
        ],
        use_for: name("for a calm living room", "让客厅更温馨"),
    },
    Category {
        name: name("Clothing", "服装"),
        types: [
            kind("T-shirt", "T恤", 17.0),
            kind("jacket", "外套", 79.0),
            kind("scarf", "围巾", 22.0),
            kind("jumper", "毛衣", 48.0),
            kind("trousers", "长裤", 45.0),
            kind("dress", "连衣裙", 58.0),
        ],
        materials: [
            name("cotton", "棉质"),
            name("wool", "羊毛"),
            name("silk", "真丝"),
            name("denim", "牛仔"),
        ],
        use_for: name("for every day", "日常百搭"),
    },
    Category {
        name: name("Shoes", "鞋靴"),
        types: [
            kind("sneakers", "运动鞋", 65.0),
            kind("boots", "靴子", 95.0),
            kind("sandals", "凉鞋", 32.0),
            kind("slippers", "拖鞋", 15.0),
            kind("loafers", "乐福鞋", 72.0),
            kind("running shoes", "跑鞋", 88.0),
        ],
        materials: [
            name("leather", "皮革"),
            name("canvas", "帆布"),
            name("suede", "麂皮"),
            name("mesh", "网面"),
        ],
        use_for: name("for long walks", "久走不累"),
    },
    Category {
        name: name("Electronics", "数码"),
        types: [
            kind("headphones", "耳机", 89.0),
            kind("keyboard", "键盘", 59.0),
            kind("phone case", "手机壳", 14.0),
            kind("power bank", "充电宝", 33.0),
            kind("speaker", "音箱", 75.0),
            kind("mouse", "鼠标", 27.0),
        ],
        materials: [
            name("aluminium", "铝合金"),
            name("plastic", "塑料"),
            name("silicone", "硅胶"),
            name("walnut", "胡桃木"),
        ],
        use_for: name("for desk and travel", "办公出行两相宜"),
    },
    Category {
        name: name("Outdoor", "户外"),
        types: [
            kind("tent", "帐篷", 140.0),
            kind("backpack", "背包", 72.0),
            kind("camping lantern", "露营灯", 26.0),
            kind("sleeping bag", "睡袋", 64.0),
            kind("water bottle", "水壶", 19.0),
            kind("folding chair", "折叠椅", 35.0),
        ],
        materials: [
            name("nylon", "尼龙"),
            name("aluminium", "铝合金"),
            name("canvas", "帆布"),
            name("titanium", "钛合金"),
        ],
        use_for: name("for a weekend in the hills", "周末山野之选"),
    },
    Category {
        name: name("Sports", "运动"),
        types: [
            kind("yoga mat", "瑜伽垫", 29.0),
            kind("dumbbell", "哑铃", 34.0),
            kind("football", "足球", 21.0),
            kind("skipping rope", "跳绳", 9.0),
            kind("badminton racket", "羽毛球拍", 49.0),
            kind("swim goggles", "泳镜", 16.0),
        ],
        materials: [
            name("rubber", "橡胶"),
            name("carbon", "碳纤维"),
            name("foam", "泡棉"),
            name("steel", "钢制"),
        ],
        use_for: name("for training at home and outside", "居家户外训练皆可"),
    },
    Category {
        name: name("Toys", "玩具"),
        types: [
            kind("puzzle", "拼图", 14.0),
            kind("plush bear", "毛绒熊", 23.0),
            kind("building blocks", "积木", 37.0),
            kind("toy train", "玩具火车", 44.0),
            kind("kite", "风筝", 18.0),
            kind("board game", "桌游", 31.0),
        ],
        materials: [
            name("wooden", "木制"),
            name("plush", "毛绒"),
            name("plastic", "塑料"),
            name("paper", "纸质"),
        ],
        use_for: name("for children and those who were", "大人孩子都喜欢"),
    },
    Category {
        name: name("Stationery", "文具"),
        types: [
            kind("notebook", "笔记本", 8.0),
            kind("fountain pen", "钢笔", 36.0),
            kind("pencil case", "笔袋", 13.0),
            kind("desk organiser", "桌面收纳盒", 20.0),
            kind("calendar", "日历", 12.0),
            kind("sketchbook", "素描本", 15.0),
        ],
        materials: [
            name("paper", "纸质"),
            name("leather", "皮革"),
            name("brass", "黄铜"),
            name("felt", "毛毡"),
        ],
        use_for: name("for notes worth keeping", "记录值得珍藏的点滴"),
    },
    Category {
        name: name("Beauty", "美妆"),
        types: [
            kind("lipstick", "口红", 19.0),
            kind("face cream", "面霜", 34.0),
            kind("perfume", "香水", 66.0),
            kind("soap", "香皂", 7.0),
            kind("hand cream", "护手霜", 11.0),
            kind("hair brush", "发梳", 17.0),
        ],
        materials: [
            name("rose", "玫瑰"),
            name("lavender", "薰衣草"),
            name("shea", "乳木果"),
            name("citrus", "柑橘"),
        ],
        use_for: name("for soft skin", "温和呵护"),
    },
];

pub(super) const BRANDS: [Name; 24] = [
    name("Norda", "诺达"),
    name("Lumo", "露茉"),
    name("Bergen", "卑尔根"),
    name("Tansy", "唐希"),
    name("Okami", "欧卡米"),
    name("Veldt", "维德"),
    name("Piper", "派珀"),
    name("Marlo", "玛洛"),
    name("Sable", "赛宝"),
    name("Juno", "朱诺"),
    name("Kestrel", "凯思"),
    name("Olive & Oak", "橄榄橡树"),
    name("Halden", "哈登"),
    name("Mistral", "米斯特"),
    name("Cobble", "科博"),
    name("Fenn", "芬恩"),
    name("Aster", "阿斯特"),
    name("Quill", "奎尔"),
    name("Rowan", "罗文"),
    name("Solis", "索利斯"),
    name("Tarn", "塔恩"),
    name("Umber", "昂贝"),
    name("Wren", "雷恩"),
    name("Zephyr", "泽菲"),
];

pub(super) const COLOURS: [Name; 12] = [
    name("red", "红色"),
    name("blue", "蓝色"),
    name("green", "绿色"),
    name("yellow", "黄色"),
    name("black", "黑色"),
    name("white", "白色"),
    name("grey", "灰色"),
    name("pink", "粉色"),
    name("orange", "橙色"),
    name("purple", "紫色"),
    name("brown", "棕色"),
    name("teal", "青色"),
];

/// Names of product lines: so that titles differ.
pub(super) const SERIES: [Name; 20] = [
    name("Aurora", "极光"),
    name("Birch", "白桦"),
    name("Coast", "海岸"),
    name("Dawn", "黎明"),
    name("Echo", "回声"),
    name("Fjord", "峡湾"),
    name("Grove", "林间"),
    name("Harbour", "港湾"),
    name("Indigo", "靛蓝"),
    name("Jade", "翡翠"),
    name("Koi", "锦鲤"),
    name("Lotus", "莲花"),
    name("Meadow", "草甸"),
    name("Nimbus", "云朵"),
    name("Orbit", "轨道"),
    name("Pebble", "鹅卵石"),
    name("Quartz", "石英"),
    name("River", "河流"),
    name("Summit", "山巅"),
    name("Tide", "潮汐"),
];
