//! How many requests and jobs AWS took, as it published in two years.
//!
//! Kept only by an emulator that is told to, for programs that should meet throttling in tests.

use super::operations::Operation;

/// The year whose quotas are kept.
///
/// # Source
/// Developer Guide, quotas, as of 2023 and as of 2026: rate and burst are equal in both; documented
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotas {
    /// Thousands of endpoint updates a second.
    Of2023,
    /// Ten of them.
    Of2026,
}

impl Quotas {
    /// Requests of one operation in a second, by one account in one region; as many may come at once.
    ///
    /// # Source
    /// As for [`Quotas`]; case: quotas/third-batch-of-a-second
    pub(crate) const fn requests_per_second(self, operation: Operation) -> u32 {
        use Operation as Op;
        match operation {
            Op::CreateCampaign
            | Op::CreateSegment
            | Op::DeleteCampaign
            | Op::DeleteSegment
            | Op::UpdateCampaign
            | Op::UpdateSegment => 25,
            Op::PhoneNumberValidate => 20,
            Op::SendMessages => 4000,
            Op::SendUsersMessages => 6000,
            Op::UpdateEndpoint => self.either(5000, 10),
            Op::UpdateEndpointsBatch => self.either(5000, 2),
            Op::GetEndpoint => self.either(7000, 10),
            Op::DeleteEndpoint => self.either(1000, 5),
            Op::PutEvents => self.either(7000, 15),
            Op::CreateEmailTemplate
            | Op::CreateInAppTemplate
            | Op::CreatePushTemplate
            | Op::CreateSmsTemplate
            | Op::CreateVoiceTemplate
            | Op::UpdateEmailTemplate
            | Op::UpdateInAppTemplate
            | Op::UpdatePushTemplate
            | Op::UpdateSmsTemplate
            | Op::UpdateVoiceTemplate => self.either(300, 10),
            _ => 300,
        }
    }

    const fn either(self, in_2023: u32, in_2026: u32) -> u32 {
        match self {
            Self::Of2023 => in_2023,
            Self::Of2026 => in_2026,
        }
    }
}

/// Most applications of an account in a region.   (applications)
///
/// # Source
/// Developer Guide, quotas ("100 projects"); documented. The answer is assumed;
/// case: quotas/hundred-and-first-application
pub(crate) const APPLICATIONS_MAX: usize = 100;

/// Most export jobs of an account in a region that have not ended.   (jobs)
///
/// # Source
/// That there is a limit: a client that exports segment after segment (its text is
/// [`super::messages::EXPORT_JOBS_EXCEEDED`]); recorded. The number is assumed, after that of import jobs;
/// case: quotas/eleventh-export-job
pub(crate) const EXPORT_JOBS_ACTIVE_MAX: usize = 10;

/// Most import jobs of an account in a region that have not ended.   (jobs)
///
/// # Source
/// Developer Guide, quotas ("active import jobs per account 10"); documented. How it is answered:
/// assumed, like too many exports; case: quotas/eleventh-import-job
pub(crate) const IMPORT_JOBS_ACTIVE_MAX: usize = 10;
