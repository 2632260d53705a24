//! Channels of synthetic endpoints, how often each occurs and which devices it reaches.

use super::devices::{self, Platform};
use super::places::Place;
use super::stream::Stream;

/// A channel type of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    Adm,
    Apns,
    ApnsSandbox,
    ApnsVoip,
    ApnsVoipSandbox,
    Baidu,
    Custom,
    Email,
    Gcm,
    InApp,
    Push,
    Sms,
    Voice,
}

/// Shares in a thousand: assumed.
const SHARES: [(u32, Channel); 12] = [
    (370, Channel::Email),
    (190, Channel::Apns),
    (150, Channel::Gcm),
    (155, Channel::Sms),
    (30, Channel::InApp),
    (25, Channel::Voice),
    (20, Channel::ApnsSandbox),
    (20, Channel::Custom),
    (15, Channel::Push),
    (12, Channel::Adm),
    (8, Channel::ApnsVoip),
    (5, Channel::ApnsVoipSandbox),
];

impl Channel {
    /// Draws the channel of a recipient at `place`.
    pub(super) fn draw(stream: &mut Stream, place: &Place) -> Self {
        match stream.pick_weighted(&SHARES) {
            // Google's service does not reach mainland China, Baidu's does.
            Self::Gcm if place.locale == "zh_CN" => Self::Baidu,
            channel => channel,
        }
    }

    /// The value of `ChannelType`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Adm => "ADM",
            Self::Apns => "APNS",
            Self::ApnsSandbox => "APNS_SANDBOX",
            Self::ApnsVoip => "APNS_VOIP",
            Self::ApnsVoipSandbox => "APNS_VOIP_SANDBOX",
            Self::Baidu => "BAIDU",
            Self::Custom => "CUSTOM",
            Self::Email => "EMAIL",
            Self::Gcm => "GCM",
            Self::InApp => "IN_APP",
            Self::Push => "PUSH",
            Self::Sms => "SMS",
            Self::Voice => "VOICE",
        }
    }

    /// Whether its addresses are phone numbers.
    pub(super) fn is_phone(self) -> bool {
        matches!(self, Self::Sms | Self::Voice)
    }

    /// Whether a program on the device registers the endpoint, and so tells what device it is.
    pub(super) fn is_device(self) -> bool {
        match self {
            Self::Custom | Self::Email | Self::Sms | Self::Voice => false,
            Self::Adm
            | Self::Apns
            | Self::ApnsSandbox
            | Self::ApnsVoip
            | Self::ApnsVoipSandbox
            | Self::Baidu
            | Self::Gcm
            | Self::InApp
            | Self::Push => true,
        }
    }

    /// Draws the operating system of an endpoint of this channel.
    pub(super) fn draw_platform(self, stream: &mut Stream) -> &'static Platform {
        match self {
            Self::Adm => &devices::FIRE_OS,
            Self::Apns | Self::ApnsSandbox | Self::ApnsVoip | Self::ApnsVoipSandbox => {
                &devices::IOS
            }
            Self::Baidu | Self::Gcm => &devices::ANDROID,
            Self::Push => &devices::WEB,
            Self::Custom | Self::Email | Self::InApp | Self::Sms | Self::Voice => stream
                .pick_weighted(&[
                    (1, &devices::IOS),
                    (1, &devices::ANDROID),
                    (1, &devices::WEB),
                ]),
        }
    }
}
