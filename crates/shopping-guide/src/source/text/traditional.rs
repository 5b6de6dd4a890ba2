//! Simplified forms of traditional characters that are common in shops. A character that is not listed stays as it is.

use std::sync::LazyLock;

/// The traditional characters, in the order of their code points.
const TRADITIONAL: &str = concat!(
    "乾個傘價優兒動務區員單國園圓塊塵墊壓夾媽嬰孫學實寬寶專對層師帳帶廠廣張彈後從復慶",
    "戲換擋時書東條棗業樂樣樹機櫃歐殼氣涼淨淺溫滷漁潔濃濕濾為無熱燈燒爐爺獅現環產畫療",
    "發盤碼禮種筆節簡簾籃約紅紋純紗紙結絨絲經綠綢網綿緊線緞編縫縮織繡繩聖聯聲腦腳膚膠",
    "臉與舊華葉蓋藍藥蘇蘭號蝦裏補裝裡褲褸襪襯視訂計設話誌誕護豬貓貝貨貴買貼賣質購車軍",
    "輕輪轉這連遊運適醫醬針釣銀銅鋁鋼錢錶鍊鍋鍵鎖鏈鏡鐘鐵鑽長門開閒間關隻雙雜雞電靜韓",
    "響項領頭顆顏類顯風飯飲飾餅養馬駝騎體髮魚鮮鳥鳳鷹鹽麥麵黃點齡龍",
);
/// The simplified form of each.
const SIMPLIFIED: &str = concat!(
    "干个伞价优儿动务区员单国园圆块尘垫压夹妈婴孙学实宽宝专对层师帐带厂广张弹后从复庆",
    "戏换挡时书东条枣业乐样树机柜欧壳气凉净浅温卤渔洁浓湿滤为无热灯烧炉爷狮现环产画疗",
    "发盘码礼种笔节简帘篮约红纹纯纱纸结绒丝经绿绸网绵紧线缎编缝缩织绣绳圣联声脑脚肤胶",
    "脸与旧华叶盖蓝药苏兰号虾里补装里裤褛袜衬视订计设话志诞护猪猫贝货贵买贴卖质购车军",
    "轻轮转这连游运适医酱针钓银铜铝钢钱表链锅键锁链镜钟铁钻长门开闲间关只双杂鸡电静韩",
    "响项领头颗颜类显风饭饮饰饼养马驼骑体发鱼鲜鸟凤鹰盐麦面黄点龄龙",
);

static PAIRS: LazyLock<Vec<(char, char)>> =
    LazyLock::new(|| TRADITIONAL.chars().zip(SIMPLIFIED.chars()).collect());

/// The simplified form of a Chinese character.
pub(super) fn simplified(c: char) -> char {
    let found = PAIRS.binary_search_by_key(&c, |pair| pair.0);
    found.map_or(c, |place| PAIRS[place].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_whole() {
        let pairs = &*PAIRS;
        assert_eq!(pairs.len(), SIMPLIFIED.chars().count());
        assert_eq!(pairs.len(), TRADITIONAL.chars().count());
        assert!(pairs.is_sorted_by(|a, b| a.0 < b.0));
        // No simplified form is changed again.
        assert!(pairs.iter().all(|pair| simplified(pair.1) == pair.1));
    }

    #[test]
    fn characters_by_hand() {
        let text: String = "紅色褲子abc".chars().map(simplified).collect();
        assert_eq!(text, "红色裤子abc");
    }
}
