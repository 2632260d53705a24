//! Real places with what belongs to them: postal code, coordinates, time zone, locale, language.
//!
//! A table and nothing else. One row is consistent in itself, so that a reader who joins city,
//! country and time zone finds no contradictions.

use super::names::{self, Names};

/// A town and the habits of its people.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) city: &'static str,
    /// State or province, where addresses there have one.
    pub(super) region: Option<&'static str>,
    pub(super) postal_code: Option<&'static str>,
    /// ISO 3166 alpha-2 and alpha-3: lists in the wild use both.
    pub(super) country: [&'static str; 2],
    /// Degrees, rounded to one decimal.
    pub(super) latitude: f64,
    /// Degrees, rounded to one decimal.
    pub(super) longitude: f64,
    pub(super) timezone: &'static str,
    pub(super) locale: &'static str,
    pub(super) names: &'static Names,
}

#[expect(
    clippy::too_many_arguments,
    reason = "it makes the rows of the table short"
)]
const fn place(
    city: &'static str,
    region: &'static str,
    postal_code: &'static str,
    country: [&'static str; 2],
    (latitude, longitude): (f64, f64),
    timezone: &'static str,
    locale: &'static str,
    names: &'static Names,
) -> Place {
    Place {
        city,
        region: if region.is_empty() {
            None
        } else {
            Some(region)
        },
        postal_code: if postal_code.is_empty() {
            None
        } else {
            Some(postal_code)
        },
        country,
        latitude,
        longitude,
        timezone,
        locale,
        names,
    }
}

/// Countries that stand for many customers have several rows.
#[rustfmt::skip]
pub(super) static PLACES: [Place; 44] = [
    place("Los Angeles", "CA", "90068", ["US", "USA"], (34.1, -118.3), "America/Los_Angeles", "en_US", &names::ENGLISH),
    place("Seattle", "WA", "98101", ["US", "USA"], (47.6, -122.3), "America/Los_Angeles", "en_US", &names::ENGLISH),
    place("Denver", "CO", "80202", ["US", "USA"], (39.8, -105.0), "America/Denver", "en_US", &names::ENGLISH),
    place("Chicago", "IL", "60601", ["US", "USA"], (41.9, -87.6), "America/Chicago", "en_US", &names::ENGLISH),
    place("Austin", "TX", "78701", ["US", "USA"], (30.3, -97.7), "America/Chicago", "en_US", &names::ENGLISH),
    place("Miami", "FL", "33130", ["US", "USA"], (25.8, -80.2), "America/New_York", "es_US", &names::SPANISH),
    place("Boston", "MA", "02108", ["US", "USA"], (42.4, -71.1), "America/New_York", "en_US", &names::ENGLISH),
    place("New York", "NY", "10001", ["US", "USA"], (40.8, -74.0), "America/New_York", "en_US", &names::ENGLISH),
    place("Atlanta", "GA", "30303", ["US", "USA"], (33.8, -84.4), "America/New_York", "en_US", &names::ENGLISH),
    place("Honolulu", "HI", "96813", ["US", "USA"], (21.3, -157.9), "Pacific/Honolulu", "en_US", &names::ENGLISH),
    place("Toronto", "ON", "M5H 2N2", ["CA", "CAN"], (43.7, -79.4), "America/Toronto", "en_CA", &names::ENGLISH),
    place("Montréal", "QC", "H2Y 1C6", ["CA", "CAN"], (45.5, -73.6), "America/Toronto", "fr_CA", &names::FRENCH),
    place("Vancouver", "BC", "V6B 1A1", ["CA", "CAN"], (49.3, -123.1), "America/Vancouver", "en_CA", &names::ENGLISH),
    place("Ciudad de México", "CDMX", "06000", ["MX", "MEX"], (19.4, -99.1), "America/Mexico_City", "es_MX", &names::SPANISH),
    place("Bogotá", "", "110111", ["CO", "COL"], (4.7, -74.1), "America/Bogota", "es_CO", &names::SPANISH),
    place("São Paulo", "SP", "01001-000", ["BR", "BRA"], (-23.6, -46.6), "America/Sao_Paulo", "pt_BR", &names::PORTUGUESE),
    place("Buenos Aires", "", "C1002", ["AR", "ARG"], (-34.6, -58.4), "America/Argentina/Buenos_Aires", "es_AR", &names::SPANISH),
    place("London", "England", "SW1A 1AA", ["GB", "GBR"], (51.5, -0.1), "Europe/London", "en_GB", &names::ENGLISH),
    place("Edinburgh", "Scotland", "EH1 1YZ", ["GB", "GBR"], (56.0, -3.2), "Europe/London", "en_GB", &names::ENGLISH),
    place("Dublin", "", "D02 AF30", ["IE", "IRL"], (53.3, -6.3), "Europe/Dublin", "en_IE", &names::ENGLISH),
    place("Berlin", "BE", "10115", ["DE", "DEU"], (52.5, 13.4), "Europe/Berlin", "de_DE", &names::GERMAN),
    place("München", "BY", "80331", ["DE", "DEU"], (48.1, 11.6), "Europe/Berlin", "de_DE", &names::GERMAN),
    place("Zürich", "ZH", "8001", ["CH", "CHE"], (47.4, 8.5), "Europe/Zurich", "de_CH", &names::GERMAN),
    place("Paris", "Île-de-France", "75001", ["FR", "FRA"], (48.9, 2.4), "Europe/Paris", "fr_FR", &names::FRENCH),
    place("Madrid", "", "28001", ["ES", "ESP"], (40.4, -3.7), "Europe/Madrid", "es_ES", &names::SPANISH),
    place("Lisboa", "", "1100-148", ["PT", "PRT"], (38.7, -9.1), "Europe/Lisbon", "pt_PT", &names::PORTUGUESE),
    place("Łódź", "", "90-001", ["PL", "POL"], (51.8, 19.5), "Europe/Warsaw", "pl_PL", &names::POLISH),
    place("Αθήνα", "", "105 57", ["GR", "GRC"], (38.0, 23.7), "Europe/Athens", "el_GR", &names::GREEK),
    place("İstanbul", "", "34110", ["TR", "TUR"], (41.0, 29.0), "Europe/Istanbul", "tr_TR", &names::TURKISH),
    place("Москва", "", "101000", ["RU", "RUS"], (55.8, 37.6), "Europe/Moscow", "ru_RU", &names::RUSSIAN),
    place("Tel Aviv", "", "6100000", ["IL", "ISR"], (32.1, 34.8), "Asia/Jerusalem", "he_IL", &names::HEBREW),
    place("Dubai", "", "", ["AE", "ARE"], (25.3, 55.3), "Asia/Dubai", "ar_AE", &names::ARABIC),
    place("Cairo", "", "11511", ["EG", "EGY"], (30.0, 31.2), "Africa/Cairo", "ar_EG", &names::ARABIC),
    place("Lagos", "", "100001", ["NG", "NGA"], (6.5, 3.4), "Africa/Lagos", "en_NG", &names::ENGLISH),
    place("Mumbai", "MH", "400001", ["IN", "IND"], (19.0, 72.8), "Asia/Kolkata", "hi_IN", &names::HINDI),
    place("Bengaluru", "KA", "560001", ["IN", "IND"], (13.0, 77.6), "Asia/Kolkata", "en_IN", &names::HINDI),
    place("กรุงเทพฯ", "", "10200", ["TH", "THA"], (13.8, 100.5), "Asia/Bangkok", "th_TH", &names::THAI),
    place("Hà Nội", "", "100000", ["VN", "VNM"], (21.0, 105.9), "Asia/Ho_Chi_Minh", "vi_VN", &names::VIETNAMESE),
    place("上海", "", "200001", ["CN", "CHN"], (31.2, 121.5), "Asia/Shanghai", "zh_CN", &names::CHINESE),
    place("北京", "", "100006", ["CN", "CHN"], (39.9, 116.4), "Asia/Shanghai", "zh_CN", &names::CHINESE),
    place("서울", "", "04524", ["KR", "KOR"], (37.6, 127.0), "Asia/Seoul", "ko_KR", &names::KOREAN),
    place("東京", "東京都", "100-0001", ["JP", "JPN"], (35.7, 139.8), "Asia/Tokyo", "ja_JP", &names::JAPANESE),
    place("Toyama", "", "930-0002", ["JP", "JPN"], (36.7, 137.2), "Asia/Tokyo", "ja_JP", &names::JAPANESE),
    place("Sydney", "NSW", "2000", ["AU", "AUS"], (-33.9, 151.2), "Australia/Sydney", "en_AU", &names::ENGLISH),
];
