//! Names of people by language, each with the ASCII form that stands in an e-mail address.
//!
//! A table and nothing else. Several scripts, combining marks (Vietnamese is partly written in
//! decomposed form on purpose) and right-to-left text, because real lists hold all of them.

/// A name as it is written, and in small ASCII letters.
pub(super) type Name = (&'static str, &'static str);

/// Given and family names of one language.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) given: &'static [Name],
    pub(super) family: &'static [Name],
}

#[rustfmt::skip]
pub(super) static ENGLISH: Names = Names {
    given: &[
        ("Mary", "mary"), ("James", "james"), ("Olivia", "olivia"), ("Liam", "liam"),
        ("Zoë", "zoe"), ("Siobhán", "siobhan"), ("Jean-Luc", "jeanluc"), ("Aaliyah", "aaliyah"),
    ],
    family: &[
        ("Major", "major"), ("O'Neill", "oneill"), ("Smith", "smith"), ("Johnson", "johnson"),
        ("Nguyen", "nguyen"), ("Brontë", "bronte"), ("van der Berg", "vanderberg"),
    ],
};

#[rustfmt::skip]
pub(super) static GERMAN: Names = Names {
    given: &[("Jürgen", "juergen"), ("Anna", "anna"), ("Käthe", "kaethe"), ("Lukas", "lukas")],
    family: &[("Müller", "mueller"), ("Weiß", "weiss"), ("Schäfer", "schaefer"), ("Vogel", "vogel")],
};

#[rustfmt::skip]
pub(super) static FRENCH: Names = Names {
    given: &[("Chloé", "chloe"), ("François", "francois"), ("Hélène", "helene"), ("Noël", "noel")],
    family: &[("Lefèvre", "lefevre"), ("Dupont", "dupont"), ("L'Hôte", "lhote"), ("Garçon", "garcon")],
};

#[rustfmt::skip]
pub(super) static SPANISH: Names = Names {
    given: &[("José", "jose"), ("María", "maria"), ("Íñigo", "inigo"), ("Lucía", "lucia")],
    family: &[("García", "garcia"), ("Muñoz", "munoz"), ("Peña", "pena"), ("de la Cruz", "delacruz")],
};

#[rustfmt::skip]
pub(super) static PORTUGUESE: Names = Names {
    given: &[("João", "joao"), ("Inês", "ines"), ("Antônia", "antonia"), ("Luís", "luis")],
    family: &[("Gonçalves", "goncalves"), ("Araújo", "araujo"), ("Silva", "silva")],
};

#[rustfmt::skip]
pub(super) static POLISH: Names = Names {
    given: &[("Łukasz", "lukasz"), ("Małgorzata", "malgorzata"), ("Zofia", "zofia")],
    family: &[("Wiśniewska", "wisniewska"), ("Żak", "zak"), ("Dąbrowski", "dabrowski")],
};

#[rustfmt::skip]
pub(super) static TURKISH: Names = Names {
    given: &[("Işıl", "isil"), ("İbrahim", "ibrahim"), ("Gökçe", "gokce")],
    family: &[("Yılmaz", "yilmaz"), ("Şahin", "sahin"), ("Öztürk", "ozturk")],
};

#[rustfmt::skip]
pub(super) static RUSSIAN: Names = Names {
    given: &[("Ольга", "olga"), ("Сергей", "sergey"), ("Юлия", "yulia")],
    family: &[("Иванова", "ivanova"), ("Щукин", "shchukin"), ("Королёв", "korolev")],
};

#[rustfmt::skip]
pub(super) static GREEK: Names = Names {
    given: &[("Ελένη", "eleni"), ("Γιώργος", "giorgos")],
    family: &[("Παπαδοπούλου", "papadopoulou"), ("Νικολάου", "nikolaou")],
};

#[rustfmt::skip]
pub(super) static ARABIC: Names = Names {
    given: &[("محمد", "mohammed"), ("فاطمة", "fatima"), ("ليلى", "layla")],
    family: &[("العلي", "alali"), ("حسن", "hassan"), ("الخطيب", "alkhatib")],
};

#[rustfmt::skip]
pub(super) static HEBREW: Names = Names {
    given: &[("נועה", "noa"), ("יוסף", "yosef")],
    family: &[("כהן", "cohen"), ("בן־דוד", "bendavid")],
};

#[rustfmt::skip]
pub(super) static HINDI: Names = Names {
    given: &[("प्रिया", "priya"), ("अर्जुन", "arjun"), ("Ananya", "ananya")],
    family: &[("शर्मा", "sharma"), ("Patel", "patel"), ("सिंह", "singh")],
};

#[rustfmt::skip]
pub(super) static CHINESE: Names = Names {
    given: &[("伟", "wei"), ("秀英", "xiuying"), ("子涵", "zihan")],
    family: &[("王", "wang"), ("李", "li"), ("歐陽", "ouyang")],
};

#[rustfmt::skip]
pub(super) static JAPANESE: Names = Names {
    given: &[("さくら", "sakura"), ("健太", "kenta"), ("ケイコ", "keiko")],
    family: &[("佐藤", "sato"), ("髙橋", "takahashi"), ("渡邉", "watanabe")],
};

#[rustfmt::skip]
pub(super) static KOREAN: Names = Names {
    given: &[("민준", "minjun"), ("서연", "seoyeon")],
    family: &[("김", "kim"), ("박", "park"), ("남궁", "namgung")],
};

#[rustfmt::skip]
pub(super) static VIETNAMESE: Names = Names {
    given: &[("Đức", "duc"), ("Thu\u{309}y", "thuy"), ("Hùng", "hung")],
    family: &[("Trần", "tran"), ("Nguye\u{302}\u{303}n", "nguyen"), ("Phạm", "pham")],
};

#[rustfmt::skip]
pub(super) static THAI: Names = Names {
    given: &[("สมชาย", "somchai"), ("กัญญา", "kanya")],
    family: &[("ศรีสุข", "srisuk"), ("ใจดี", "jaidee")],
};
