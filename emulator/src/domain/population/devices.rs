//! Devices by operating system: a table, and the drawing of `Demographic` from it.

use super::places::Place;
use super::stream::Stream;
use crate::model::endpoint::EndpointDemographic;

/// What a recipient holds in hand.
#[derive(Debug)]
struct Device {
    make: &'static str,
    model: &'static str,
    model_version: &'static str,
}

/// An operating system with its devices.
#[derive(Debug)]
pub(super) struct Platform {
    /// Lower case, as the service stores it.
    name: &'static str,
    versions: &'static [&'static str],
    devices: &'static [Device],
}

const fn device(make: &'static str, model: &'static str, model_version: &'static str) -> Device {
    Device {
        make,
        model,
        model_version,
    }
}

pub(super) static IOS: Platform = Platform {
    name: "ios",
    versions: &["12.5.7", "14.8.1", "15.7", "16.6", "17.5.1", "18.2"],
    devices: &[
        device("Apple", "iPhone", "13,2"),
        device("Apple", "iPhone", "14,5"),
        device("Apple", "iPhone", "15,3"),
        device("apple", "iPhone", "8"),
        device("Apple", "iPad", "11,6"),
    ],
};

pub(super) static ANDROID: Platform = Platform {
    name: "android",
    versions: &["8.1.0", "9", "10", "11", "12", "13", "14"],
    devices: &[
        device("Samsung", "SM-G991B", "S21"),
        device("samsung", "SM-A515F", "A51"),
        device("Google", "Pixel 7", "7"),
        device("OnePlus", "NE2213", "10 Pro"),
        device("LG", "LM-V500", "V50"),
        device("Xiaomi", "M2101K6G", "Note 10 Pro"),
        device("HUAWEI", "ELE-L29", "P30"),
    ],
};

pub(super) static FIRE_OS: Platform = Platform {
    name: "android",
    versions: &["7.1.2", "9", "11"],
    devices: &[
        device("Amazon", "KFTRWI", "HD 10"),
        device("Amazon", "KFONWI", "HD 8"),
    ],
};

pub(super) static WEB: Platform = Platform {
    name: "web",
    versions: &["Chrome 119", "Firefox 120.0", "Safari 17.1"],
    devices: &[
        device("Google", "Chrome", "119.0.6045.160"),
        device("Mozilla", "Firefox", "120.0"),
        device("Apple", "Safari", "605.1.15"),
    ],
};

const APP_VERSIONS: [&str; 8] = [
    "1.0",
    "1.4.2",
    "2.0.0",
    "2.3.1",
    "3.0",
    "3.1.0-beta.2",
    "4.12.0",
    "2024.06",
];

/// Draws the device of a recipient at `place`; members are left out in plausible shares.
pub(super) fn draw(stream: &mut Stream, platform: &Platform, place: &Place) -> EndpointDemographic {
    let device = stream.pick(platform.devices);
    let mut some = |share: u32, text: &str| stream.percent(share).then(|| text.to_owned());
    let mut demographic = EndpointDemographic {
        make: some(95, device.make),
        model: some(88, device.model),
        model_version: some(60, device.model_version),
        timezone: some(75, place.timezone),
        locale: some(75, place.locale),
        platform: Some(platform.name.to_owned()),
        ..EndpointDemographic::default()
    };
    if stream.percent(85) {
        demographic.app_version = Some((*stream.pick(&APP_VERSIONS)).to_owned());
    }
    if stream.percent(85) {
        demographic.platform_version = Some((*stream.pick(platform.versions)).to_owned());
    }
    demographic
}
