//! Simplified forms of traditional characters that are common in shops. A character that is not listed stays as it is.

use std::sync::LazyLock;

/// The traditional characters, in the order of their code points.
const TRADITIONAL: &str = concat!(
    "乾個們傘價億優兒內兩別動務區員單國圍園圓塊塵墊壓夾媽嬰孫學實寬寶專對層師帳帶幣幾",
    "廠廣張彈後從復慶應戲換擋數於時書會東條棗業極樂樣樹機櫃歐歲殼氣涼淨淺準溫滷滿漁潔",
    "濃濕濾為無熱燈燒爐爺獅現環產畫療發盤盧碼禮種筆節範簡簾籃約紅紋純紗紙組結絨絲經綠",
    "綢網綿緊線緞編縫縮織繡繩聖聯聲聼聽腦腳膚膠臉臺與舊華萬葉蓋藍藥蘇蘭號蝦裏補裝裡褲",
    "褸襪襯視訂計設許話誌誕護豬貓貝負貨貴買貼賣質購車軍輕輪轉這連遊運過適醫醬釐針釣銀",
    "銅鋁鋼錢錶鍊鍋鍵鎊鎖鏈鏡鐘鐵鑽長門開閒間關陸際隻雖雙雜雞電靜韓響頂項預領頭顆顏類",
    "顯風飯飲飾餅養餘馬駝騎體髮魚鮮鳥鳳鷹鹽麥麵黃點齡龍",
);
/// The simplified form of each.
const SIMPLIFIED: &str = concat!(
    "干个们伞价亿优儿内两别动务区员单国围园圆块尘垫压夹妈婴孙学实宽宝专对层师帐带币几",
    "厂广张弹后从复庆应戏换挡数于时书会东条枣业极乐样树机柜欧岁壳气凉净浅准温卤满渔洁",
    "浓湿滤为无热灯烧炉爷狮现环产画疗发盘卢码礼种笔节范简帘篮约红纹纯纱纸组结绒丝经绿",
    "绸网绵紧线缎编缝缩织绣绳圣联声听听脑脚肤胶脸台与旧华万叶盖蓝药苏兰号虾里补装里裤",
    "褛袜衬视订计设许话志诞护猪猫贝负货贵买贴卖质购车军轻轮转这连游运过适医酱厘针钓银",
    "铜铝钢钱表链锅键镑锁链镜钟铁钻长门开闲间关陆际只虽双杂鸡电静韩响顶项预领头颗颜类",
    "显风饭饮饰饼养余马驼骑体发鱼鲜鸟凤鹰盐麦面黄点龄龙",
);

static PAIRS: LazyLock<Vec<(char, char)>> =
    LazyLock::new(|| TRADITIONAL.chars().zip(SIMPLIFIED.chars()).collect());

/// The simplified form of a Chinese character.
pub(crate) fn simplified(c: char) -> char {
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
