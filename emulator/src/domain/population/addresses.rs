//! Addresses that can never reach anybody, one for each index and each leading back to its index.
//!
//! An address holds its index in some form; the rest of it is drawn. So the way back is to take the
//! index out and to see whether it makes exactly this address, which is the caller's part.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::COUNT_MAX;
use super::channel::Channel;
use super::permutation::Permutation;
use super::person::Person;
use super::stream::Stream;
use crate::seed::Seed;

/// Domains that no mail server answers for.
///
/// # Source
/// RFC 2606 reserves `example.com`, `.net`, `.org` and the top levels `example`, `test`, `invalid`.
const DOMAINS: [(u32, &str); 8] = [
    (50, "example.com"),
    (15, "example.org"),
    (15, "example.net"),
    (8, "mail.example.com"),
    (4, "post.example"),
    (4, "correo.example"),
    (2, "mailbox.test"),
    (2, "kunden.invalid"),
];

/// Indexes below this have North American numbers: more do not fit.
const NORTH_AMERICAN_MAX: u64 = 1 << NORTH_AMERICAN_BITS;
const NORTH_AMERICAN_BITS: u32 = 16;
/// In every area code the numbers 555-0100 to 555-0199 are kept for fiction.
const FICTIONAL_LINES: u64 = 100;
const FICTIONAL_EXCHANGE: &str = "55501";
/// The other numbers have a country code that was never assigned.
const NO_COUNTRY: &str = "+999";
/// Indexes from here on have no phone number: E.164 has room for twelve digits after `+999`.
const PHONE_INDEX_MAX: u64 = 1_000_000_000_000;
const PHONE_DIGITS: usize = 12;

const GCM_MARK: &str = ":APA91b";
const ADM_PREFIX: &str = "amzn1.adm-registration.v3.";
const CUSTOM_PREFIX: &str = "https://hooks.example.net/pinpoint/";
const BAIDU_DIGITS: usize = 20;
const PUSH_CHARS: usize = 22;
const APNS_DIGITS: usize = 64;
/// Bytes that stand for the index in a token, first in each.
const CODE_BYTES: usize = 8;

/// The addresses that a seed stands for.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    codes: Permutation,
    north_american: Permutation,
    phones: Permutation,
}

impl Addresses {
    pub(super) fn new(seed: &Seed) -> Self {
        Self {
            codes: Permutation::new(&seed.derive("code"), 64),
            north_american: Permutation::new(&seed.derive("north-american"), NORTH_AMERICAN_BITS),
            phones: Permutation::new(&seed.derive("phone"), COUNT_MAX.ilog2()),
        }
    }

    /// The channel an index really gets: there are fewer phone numbers than indexes.
    pub(super) fn channel_for(index: u64, wish: Channel) -> Channel {
        if wish.is_phone() && index >= PHONE_INDEX_MAX {
            Channel::Email
        } else {
            wish
        }
    }

    /// The address of an endpoint, as far as it follows from the channel; endpoints in an
    /// application's own messages have none and are reached by their id.
    pub(super) fn address(
        &self,
        index: u64,
        channel: Channel,
        person: &Person,
        stream: &mut Stream,
    ) -> Option<String> {
        let address = match channel {
            Channel::InApp => return None,
            Channel::Email => email(index, person, stream),
            Channel::Sms | Channel::Voice => self.phone(index),
            Channel::Apns | Channel::ApnsSandbox | Channel::ApnsVoip | Channel::ApnsVoipSandbox => {
                hex::encode(self.token::<32>(index, stream))
            }
            Channel::Gcm => {
                let first = URL_SAFE_NO_PAD.encode(self.code(index));
                let rest = URL_SAFE_NO_PAD.encode(random_bytes::<100>(stream));
                [&first, GCM_MARK, &rest].concat()
            }
            Channel::Adm => {
                let token = URL_SAFE_NO_PAD.encode(self.token::<84>(index, stream));
                [ADM_PREFIX, &token].concat()
            }
            Channel::Baidu => {
                let code = u64::from_be_bytes(self.code(index));
                format!("{code:0BAIDU_DIGITS$}")
            }
            Channel::Push => URL_SAFE_NO_PAD.encode(self.token::<16>(index, stream)),
            Channel::Custom => [CUSTOM_PREFIX, &hex::encode(self.code(index))].concat(),
        };
        Some(address)
    }

    /// The only index that may have this address.
    pub(super) fn candidate(&self, address: &str) -> Option<u64> {
        let index = if let Some((local, _)) = address.split_once('@') {
            let digits: String = local.chars().filter(char::is_ascii_digit).collect();
            digits.parse().ok()?
        } else if let Some(digits) = address.strip_prefix('+') {
            self.index_of_phone(digits)?
        } else if let Some((first, _)) = address.split_once(GCM_MARK) {
            self.index_of_code(&URL_SAFE_NO_PAD.decode(first).ok()?)?
        } else if let Some(token) = address.strip_prefix(ADM_PREFIX) {
            self.index_of_code(&URL_SAFE_NO_PAD.decode(token).ok()?)?
        } else if let Some(code) = address.strip_prefix(CUSTOM_PREFIX) {
            self.index_of_code(&hex::decode(code).ok()?)?
        } else {
            match address.len() {
                APNS_DIGITS => self.index_of_code(&hex::decode(address).ok()?)?,
                PUSH_CHARS => self.index_of_code(&URL_SAFE_NO_PAD.decode(address).ok()?)?,
                BAIDU_DIGITS => self.index_of_code(&address.parse::<u64>().ok()?.to_be_bytes())?,
                _ => return None,
            }
        };
        (index < COUNT_MAX).then_some(index)
    }

    fn phone(&self, index: u64) -> String {
        if index < NORTH_AMERICAN_MAX {
            let number = low_bits(self.north_american.apply(index.into()));
            let area_code = area_codes()
                .nth(usize::try_from(number / FICTIONAL_LINES).expect("it has 16 bits"))
                .expect("there are more than 2^16 fictional numbers");
            let line = number % FICTIONAL_LINES;
            return format!("+1{area_code}{FICTIONAL_EXCHANGE}{line:02}");
        }
        // Walking on from numbers with too many digits keeps the permutation one.
        let mut number = u128::from(index);
        loop {
            number = self.phones.apply(number);
            if low_bits(number) < PHONE_INDEX_MAX {
                return format!("{NO_COUNTRY}{number:0PHONE_DIGITS$}");
            }
        }
    }

    /// `digits` are those after the plus.
    fn index_of_phone(&self, digits: &str) -> Option<u64> {
        if let Some(number) = digits.strip_prefix(&NO_COUNTRY[1..]) {
            let mut number: u128 = number
                .parse()
                .ok()
                .filter(|number| *number < PHONE_INDEX_MAX.into())?;
            loop {
                number = self.phones.invert(number);
                if low_bits(number) < PHONE_INDEX_MAX {
                    return Some(low_bits(number));
                }
            }
        }
        let (area_code, line) = digits.strip_prefix('1')?.split_once(FICTIONAL_EXCHANGE)?;
        let area_code: u64 = area_code.parse().ok()?;
        let line: u64 = line.parse().ok().filter(|line| *line < FICTIONAL_LINES)?;
        let position = area_codes().position(|code| code == area_code)?;
        let number = u64::try_from(position).ok()? * FICTIONAL_LINES + line;
        let known = number < NORTH_AMERICAN_MAX;
        known.then(|| low_bits(self.north_american.invert(number.into())))
    }

    /// A token of `N` bytes, the first of which stand for the index.
    fn token<const N: usize>(&self, index: u64, stream: &mut Stream) -> [u8; N] {
        let mut token = random_bytes(stream);
        token[..CODE_BYTES].copy_from_slice(&self.code(index));
        token
    }

    fn code(&self, index: u64) -> [u8; CODE_BYTES] {
        low_bits(self.codes.apply(index.into())).to_be_bytes()
    }

    fn index_of_code(&self, token: &[u8]) -> Option<u64> {
        let code = u64::from_be_bytes(*token.first_chunk()?);
        Some(low_bits(self.codes.invert(code.into())))
    }
}

/// The digits of the local part are the index.
fn email(index: u64, person: &Person, stream: &mut Stream) -> String {
    let (given, family) = (person.given.1, person.family.1);
    let initial = &given[..1];
    let domain = stream.pick_weighted(&DOMAINS);
    match stream.below(20) {
        0..=7 => format!("{given}.{family}{index}@{domain}"),
        8..=11 => format!("{initial}.{family}{index}@{domain}"),
        12..=14 => format!("{given}_{family}{index}@{domain}"),
        15 | 16 => format!("{given}{index}@{domain}"),
        17 => format!("{family}-{index}@{domain}"),
        18 => format!("{given}.{family}{index}+shop@{domain}"),
        _ => format!("{}.{family}{index}@{domain}", given.to_uppercase()),
    }
}

/// Area codes that may be assigned to a place: no service codes (`N11`), none kept for expansion
/// (`N9X`, `37X`, `96X`), no freephone or premium ones (`8NN` of one digit, `900`), not `555`.
///
/// # Source
/// North American Numbering Plan; documented.
fn area_codes() -> impl Iterator<Item = u64> {
    (200..1_000).filter(|code| {
        let (first, middle, last) = (code / 100, code / 10 % 10, code % 10);
        let service = middle == 1 && last == 1;
        let expansion = middle == 9 || code / 10 == 37 || code / 10 == 96;
        let freephone = first == 8 && middle == last;
        !(service || expansion || freephone || *code == 900 || *code == 555)
    })
}

fn random_bytes<const N: usize>(stream: &mut Stream) -> [u8; N] {
    let mut bytes = [0; N];
    for chunk in bytes.chunks_mut(CODE_BYTES) {
        chunk.copy_from_slice(&stream.word().to_be_bytes()[..chunk.len()]);
    }
    bytes
}

/// For values of permutations of at most 64 bits.
fn low_bits(value: u128) -> u64 {
    u64::try_from(value).expect("the permutation has at most 64 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> (Seed, Addresses) {
        let seed = Seed::new(7);
        let addresses = Addresses::new(&seed);
        (seed, addresses)
    }

    #[test]
    fn every_address_leads_back_to_its_index() {
        let (seed, addresses) = addresses();
        // The first one beyond the numbers of twelve digits, and an index that leads there.
        let mut around = u128::from(PHONE_INDEX_MAX);
        while around >= PHONE_INDEX_MAX.into() {
            around = addresses.phones.invert(around);
        }
        let limits = [1, NORTH_AMERICAN_MAX, PHONE_INDEX_MAX, COUNT_MAX];
        let indexes = limits.into_iter().flat_map(|limit| [limit - 1, limit]);
        for index in indexes.chain([low_bits(around)]) {
            for wish in [
                Channel::Adm,
                Channel::Apns,
                Channel::ApnsSandbox,
                Channel::ApnsVoip,
                Channel::ApnsVoipSandbox,
                Channel::Baidu,
                Channel::Custom,
                Channel::Email,
                Channel::Gcm,
                Channel::Push,
                Channel::Sms,
                Channel::Voice,
            ] {
                let channel = Addresses::channel_for(index, wish);
                let is_phone = matches!(wish, Channel::Sms | Channel::Voice);
                let has_phone = is_phone && index < PHONE_INDEX_MAX;
                assert_eq!(channel != wish, is_phone && !has_phone, "{index} {wish:?}");
                let person = Person::new(Stream::new(&seed, index));
                let mut stream = Stream::new(&seed, index);
                let address = addresses.address(index, channel, &person, &mut stream);
                let address = address.unwrap();
                assert_eq!(address.starts_with('+'), has_phone, "{address}");
                assert!(!has_phone || address.len() <= 16, "{address}");
                let expected = (index < COUNT_MAX).then_some(index);
                assert_eq!(
                    addresses.candidate(&address),
                    expected,
                    "{wish:?} {address}"
                );
            }
        }
    }

    #[test]
    fn what_no_index_has_leads_nowhere() {
        let (_, addresses) = addresses();
        let code = |number: u64| {
            let position = usize::try_from(number / FICTIONAL_LINES).unwrap();
            area_codes().nth(position).unwrap()
        };
        let beyond = NORTH_AMERICAN_MAX % FICTIONAL_LINES;
        for address in [
            format!("{NO_COUNTRY}{PHONE_INDEX_MAX}"),
            format!("+1201{FICTIONAL_EXCHANGE}{FICTIONAL_LINES}"),
            format!("+1{}{FICTIONAL_EXCHANGE}{beyond}", code(NORTH_AMERICAN_MAX)),
            "+12065550".to_owned(),
            "a@example.com".to_owned(),
            "a".repeat(BAIDU_DIGITS),
            "a".repeat(BAIDU_DIGITS + 1),
            "!".repeat(PUSH_CHARS),
            "g".repeat(APNS_DIGITS),
            String::new(),
        ] {
            assert_eq!(addresses.candidate(&address), None, "{address}");
        }
    }

    #[test]
    fn area_codes_suffice_for_all_indexes_that_need_them() {
        let numbers = u64::try_from(area_codes().count()).unwrap() * FICTIONAL_LINES;
        assert!(numbers >= NORTH_AMERICAN_MAX, "{numbers}");
        for code in [211, 911, 390, 371, 960, 800, 888, 877, 900, 555] {
            assert!(area_codes().all(|known| known != code), "{code}");
        }
    }
}
