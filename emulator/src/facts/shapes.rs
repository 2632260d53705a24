//! The shapes that request bodies are made of: every structure and enumeration that the body of an
//! operation can hold, one line a member, by the names of the API model.
//!
//! `http::validation` reads bodies by it and the control interface shows it. What answers are made of
//! is not here.
//!
//! # Source
//! API model of 2016-12-01, as shipped with AWS's SDKs; documented;
//! case: operations/shapes-of-requests

/// What may stand for a member of a structure, an item of a list or a value of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    String,
    /// A string that may have these texts only. The model says so in words and has no enumeration.
    OneOf(&'static [&'static str]),
    Boolean,
    /// 32 bits, signed.
    Integer,
    Double,
    /// A date-time of ISO 8601, as a string.
    Timestamp,
    /// Bytes in Base64, as a string.
    Blob,
    List(&'static Type),
    /// Keys are strings to JSON; their type may still be an enumeration.
    Map {
        key: &'static Type,
        value: &'static Type,
    },
    /// A structure or an enumeration.
    Shape(Shape),
}

impl Type {
    /// What somebody is told to write.
    pub(crate) const fn described(self) -> &'static str {
        match self {
            Self::String | Self::OneOf(_) | Self::Timestamp | Self::Blob => "a string",
            Self::Boolean => "true or false",
            Self::Integer => "a whole number from -2147483648 to 2147483647",
            Self::Double => "a number",
            Self::List(_) => "a list",
            Self::Map { .. } => "an object",
            Self::Shape(shape) => match shape.spec() {
                ShapeSpec::Structure(_) => "an object",
                ShapeSpec::Enumeration(_) => "a string",
            },
        }
    }
}

/// What the API model says of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShapeSpec {
    Structure(&'static [Member]),
    /// The texts it may have.
    Enumeration(&'static [&'static str]),
}

/// A member of a structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its name on the wire.
    pub(crate) name: &'static str,
    /// What its value is.
    pub(crate) value: Type,
    /// Whether it must be there.
    pub(crate) required: bool,
}

macro_rules! shapes {
    (
        structures { $($structure:ident { $($member:ident: $type:tt $($required:ident)?;)* })* }
        enumerations { $($enumeration:ident = $($text:ident)*;)* }
    ) => {
        /// A structure or an enumeration of the API, by its Smithy name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Shape {
            $($structure,)*
            $($enumeration,)*
        }

        impl Shape {
            /// Every shape: the structures, then the enumerations, each in alphabetical order.
            pub(crate) const ALL: &[Self] = &[$(Self::$structure,)* $(Self::$enumeration,)*];

            /// Its name in the model.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$structure => stringify!($structure),)*
                    $(Self::$enumeration => stringify!($enumeration),)*
                }
            }

            /// What the model says of it.
            pub(crate) const fn spec(self) -> ShapeSpec {
                match self {
                    $(Self::$structure => ShapeSpec::Structure(&[$(Member {
                        name: stringify!($member),
                        value: shapes!(@type $type),
                        required: shapes!(@required $($required)?),
                    },)*]),)*
                    $(Self::$enumeration => {
                        ShapeSpec::Enumeration(&[$(stringify!($text),)*])
                    })*
                }
            }
        }
    };
    (@required required) => { true };
    (@required) => { false };
    (@type string) => { Type::String };
    (@type boolean) => { Type::Boolean };
    (@type integer) => { Type::Integer };
    (@type double) => { Type::Double };
    (@type timestamp) => { Type::Timestamp };
    (@type blob) => { Type::Blob };
    (@type ($($text:ident)*)) => { Type::OneOf(&[$(stringify!($text),)*]) };
    (@type [$item:tt]) => { Type::List(&shapes!(@type $item)) };
    (@type {$key:tt: $value:tt}) => {
        Type::Map { key: &shapes!(@type $key), value: &shapes!(@type $value) }
    };
    (@type $shape:ident) => { Type::Shape(Shape::$shape) };
}

shapes! {
    structures {
        ADMChannelRequest {
            ClientId: string required;
            ClientSecret: string required;
            Enabled: boolean;
        }
        ADMMessage {
            Action: Action;
            Body: string;
            ConsolidationKey: string;
            Data: {string: string};
            ExpiresAfter: string;
            IconReference: string;
            ImageIconUrl: string;
            ImageUrl: string;
            MD5: string;
            RawContent: string;
            SilentPush: boolean;
            SmallImageIconUrl: string;
            Sound: string;
            Substitutions: {string: [string]};
            Title: string;
            Url: string;
        }
        APNSChannelRequest {
            BundleId: string;
            Certificate: string;
            DefaultAuthenticationMethod: string;
            Enabled: boolean;
            PrivateKey: string;
            TeamId: string;
            TokenKey: string;
            TokenKeyId: string;
        }
        APNSMessage {
            APNSPushType: string;
            Action: Action;
            Badge: integer;
            Body: string;
            Category: string;
            CollapseId: string;
            Data: {string: string};
            MediaUrl: string;
            PreferredAuthenticationMethod: string;
            Priority: string;
            RawContent: string;
            SilentPush: boolean;
            Sound: string;
            Substitutions: {string: [string]};
            ThreadId: string;
            TimeToLive: integer;
            Title: string;
            Url: string;
        }
        APNSPushNotificationTemplate {
            Action: Action;
            Body: string;
            MediaUrl: string;
            RawContent: string;
            Sound: string;
            Title: string;
            Url: string;
        }
        APNSSandboxChannelRequest {
            BundleId: string;
            Certificate: string;
            DefaultAuthenticationMethod: string;
            Enabled: boolean;
            PrivateKey: string;
            TeamId: string;
            TokenKey: string;
            TokenKeyId: string;
        }
        APNSVoipChannelRequest {
            BundleId: string;
            Certificate: string;
            DefaultAuthenticationMethod: string;
            Enabled: boolean;
            PrivateKey: string;
            TeamId: string;
            TokenKey: string;
            TokenKeyId: string;
        }
        APNSVoipSandboxChannelRequest {
            BundleId: string;
            Certificate: string;
            DefaultAuthenticationMethod: string;
            Enabled: boolean;
            PrivateKey: string;
            TeamId: string;
            TokenKey: string;
            TokenKeyId: string;
        }
        Activity {
            CUSTOM: CustomMessageActivity;
            ConditionalSplit: ConditionalSplitActivity;
            Description: string;
            EMAIL: EmailMessageActivity;
            Holdout: HoldoutActivity;
            MultiCondition: MultiConditionalSplitActivity;
            PUSH: PushMessageActivity;
            RandomSplit: RandomSplitActivity;
            SMS: SMSMessageActivity;
            Wait: WaitActivity;
            ContactCenter: ContactCenterActivity;
        }
        AddressConfiguration {
            BodyOverride: string;
            ChannelType: ChannelType;
            Context: {string: string};
            RawContent: string;
            Substitutions: {string: [string]};
            TitleOverride: string;
        }
        AndroidPushNotificationTemplate {
            Action: Action;
            Body: string;
            ImageIconUrl: string;
            ImageUrl: string;
            RawContent: string;
            SmallImageIconUrl: string;
            Sound: string;
            Title: string;
            Url: string;
        }
        ApplicationSettingsJourneyLimits {
            DailyCap: integer;
            TimeframeCap: JourneyTimeframeCap;
            TotalCap: integer;
        }
        AttributeDimension {
            AttributeType: AttributeType;
            Values: [string] required;
        }
        BaiduChannelRequest {
            ApiKey: string required;
            Enabled: boolean;
            SecretKey: string required;
        }
        BaiduMessage {
            Action: Action;
            Body: string;
            Data: {string: string};
            IconReference: string;
            ImageIconUrl: string;
            ImageUrl: string;
            RawContent: string;
            SilentPush: boolean;
            SmallImageIconUrl: string;
            Sound: string;
            Substitutions: {string: [string]};
            TimeToLive: integer;
            Title: string;
            Url: string;
        }
        CampaignCustomMessage {
            Data: string;
        }
        CampaignEmailMessage {
            Body: string;
            FromAddress: string;
            Headers: [MessageHeader];
            HtmlBody: string;
            Title: string;
        }
        CampaignEventFilter {
            Dimensions: EventDimensions required;
            FilterType: FilterType required;
        }
        CampaignHook {
            LambdaFunctionName: string;
            Mode: Mode;
            WebUrl: string;
        }
        CampaignInAppMessage {
            Body: string;
            Content: [InAppMessageContent];
            CustomConfig: {string: string};
            Layout: Layout;
        }
        CampaignLimits {
            Daily: integer;
            MaximumDuration: integer;
            MessagesPerSecond: integer;
            Total: integer;
            Session: integer;
        }
        CampaignSmsMessage {
            Body: string;
            MessageType: MessageType;
            OriginationNumber: string;
            SenderId: string;
            EntityId: string;
            TemplateId: string;
        }
        ClosedDays {
            EMAIL: [ClosedDaysRule];
            SMS: [ClosedDaysRule];
            PUSH: [ClosedDaysRule];
            VOICE: [ClosedDaysRule];
            CUSTOM: [ClosedDaysRule];
        }
        ClosedDaysRule {
            Name: string;
            StartDateTime: string;
            EndDateTime: string;
        }
        Condition {
            Conditions: [SimpleCondition];
            Operator: Operator;
        }
        ConditionalSplitActivity {
            Condition: Condition;
            EvaluationWaitTime: WaitTime;
            FalseActivity: string;
            TrueActivity: string;
        }
        ContactCenterActivity {
            NextActivity: string;
        }
        CreateApplicationRequest {
            Name: string required;
            tags: {string: string};
        }
        CreateRecommenderConfiguration {
            Attributes: {string: string};
            Description: string;
            Name: string;
            RecommendationProviderIdType: string;
            RecommendationProviderRoleArn: string required;
            RecommendationProviderUri: string required;
            RecommendationTransformerUri: string;
            RecommendationsDisplayName: string;
            RecommendationsPerMessage: integer;
        }
        CustomDeliveryConfiguration {
            DeliveryUri: string required;
            EndpointTypes: [__EndpointTypesElement];
        }
        CustomMessageActivity {
            DeliveryUri: string;
            EndpointTypes: [__EndpointTypesElement];
            MessageConfig: JourneyCustomMessage;
            NextActivity: string;
            TemplateName: string;
            TemplateVersion: string;
        }
        DefaultButtonConfiguration {
            BackgroundColor: string;
            BorderRadius: integer;
            ButtonAction: ButtonAction required;
            Link: string;
            Text: string required;
            TextColor: string;
        }
        DefaultMessage {
            Body: string;
            Substitutions: {string: [string]};
        }
        DefaultPushNotificationMessage {
            Action: Action;
            Body: string;
            Data: {string: string};
            SilentPush: boolean;
            Substitutions: {string: [string]};
            Title: string;
            Url: string;
        }
        DefaultPushNotificationTemplate {
            Action: Action;
            Body: string;
            Sound: string;
            Title: string;
            Url: string;
        }
        DirectMessageConfiguration {
            ADMMessage: ADMMessage;
            APNSMessage: APNSMessage;
            BaiduMessage: BaiduMessage;
            DefaultMessage: DefaultMessage;
            DefaultPushNotificationMessage: DefaultPushNotificationMessage;
            EmailMessage: EmailMessage;
            GCMMessage: GCMMessage;
            SMSMessage: SMSMessage;
            VoiceMessage: VoiceMessage;
        }
        EmailChannelRequest {
            ConfigurationSet: string;
            Enabled: boolean;
            FromAddress: string required;
            Identity: string required;
            RoleArn: string;
            OrchestrationSendingRoleArn: string;
        }
        EmailMessage {
            Body: string;
            FeedbackForwardingAddress: string;
            FromAddress: string;
            RawEmail: RawEmail;
            ReplyToAddresses: [string];
            SimpleEmail: SimpleEmail;
            Substitutions: {string: [string]};
        }
        EmailMessageActivity {
            MessageConfig: JourneyEmailMessage;
            NextActivity: string;
            TemplateName: string;
            TemplateVersion: string;
        }
        EmailTemplateRequest {
            DefaultSubstitutions: string;
            HtmlPart: string;
            RecommenderId: string;
            Subject: string;
            Headers: [MessageHeader];
            tags: {string: string};
            TemplateDescription: string;
            TextPart: string;
        }
        EndpointBatchItem {
            Address: string;
            Attributes: {string: [string]};
            ChannelType: ChannelType;
            Demographic: EndpointDemographic;
            EffectiveDate: string;
            EndpointStatus: (ACTIVE INACTIVE);
            Id: string;
            Location: EndpointLocation;
            Metrics: {string: double};
            OptOut: (ALL NONE);
            RequestId: string;
            User: EndpointUser;
        }
        EndpointBatchRequest {
            Item: [EndpointBatchItem] required;
        }
        EndpointDemographic {
            AppVersion: string;
            Locale: string;
            Make: string;
            Model: string;
            ModelVersion: string;
            Platform: string;
            PlatformVersion: string;
            Timezone: string;
        }
        EndpointLocation {
            City: string;
            Country: string;
            Latitude: double;
            Longitude: double;
            PostalCode: string;
            Region: string;
        }
        EndpointRequest {
            Address: string;
            Attributes: {string: [string]};
            ChannelType: ChannelType;
            Demographic: EndpointDemographic;
            EffectiveDate: string;
            EndpointStatus: (ACTIVE INACTIVE);
            Location: EndpointLocation;
            Metrics: {string: double};
            OptOut: (ALL NONE);
            RequestId: string;
            User: EndpointUser;
        }
        EndpointSendConfiguration {
            BodyOverride: string;
            Context: {string: string};
            RawContent: string;
            Substitutions: {string: [string]};
            TitleOverride: string;
        }
        EndpointUser {
            UserAttributes: {string: [string]};
            UserId: string;
        }
        Event {
            AppPackageName: string;
            AppTitle: string;
            AppVersionCode: string;
            Attributes: {string: string};
            ClientSdkVersion: string;
            EventType: string required;
            Metrics: {string: double};
            SdkName: string;
            Session: Session;
            Timestamp: string required;
        }
        EventCondition {
            Dimensions: EventDimensions;
            MessageActivity: string;
        }
        EventDimensions {
            Attributes: {string: AttributeDimension};
            EventType: SetDimension;
            Metrics: {string: MetricDimension};
        }
        EventFilter {
            Dimensions: EventDimensions required;
            FilterType: FilterType required;
        }
        EventStartCondition {
            EventFilter: EventFilter;
            SegmentId: string;
        }
        EventsBatch {
            Endpoint: PublicEndpoint required;
            Events: {string: Event} required;
        }
        EventsRequest {
            BatchItem: {string: EventsBatch} required;
        }
        ExportJobRequest {
            RoleArn: string required;
            S3UrlPrefix: string required;
            SegmentId: string;
            SegmentVersion: integer;
        }
        GCMChannelRequest {
            ApiKey: string;
            DefaultAuthenticationMethod: string;
            Enabled: boolean;
            ServiceJson: string;
        }
        GCMMessage {
            Action: Action;
            Body: string;
            CollapseKey: string;
            Data: {string: string};
            IconReference: string;
            ImageIconUrl: string;
            ImageUrl: string;
            PreferredAuthenticationMethod: string;
            Priority: string;
            RawContent: string;
            RestrictedPackageName: string;
            SilentPush: boolean;
            SmallImageIconUrl: string;
            Sound: string;
            Substitutions: {string: [string]};
            TimeToLive: integer;
            Title: string;
            Url: string;
        }
        GPSCoordinates {
            Latitude: double required;
            Longitude: double required;
        }
        GPSPointDimension {
            Coordinates: GPSCoordinates required;
            RangeInKilometers: double;
        }
        HoldoutActivity {
            NextActivity: string;
            Percentage: integer required;
        }
        ImportJobRequest {
            DefineSegment: boolean;
            ExternalId: string;
            Format: Format required;
            RegisterEndpoints: boolean;
            RoleArn: string required;
            S3Url: string required;
            SegmentId: string;
            SegmentName: string;
        }
        InAppMessageBodyConfig {
            Alignment: Alignment required;
            Body: string required;
            TextColor: string required;
        }
        InAppMessageButton {
            Android: OverrideButtonConfiguration;
            DefaultConfig: DefaultButtonConfiguration;
            IOS: OverrideButtonConfiguration;
            Web: OverrideButtonConfiguration;
        }
        InAppMessageContent {
            BackgroundColor: string;
            BodyConfig: InAppMessageBodyConfig;
            HeaderConfig: InAppMessageHeaderConfig;
            ImageUrl: string;
            PrimaryBtn: InAppMessageButton;
            SecondaryBtn: InAppMessageButton;
        }
        InAppMessageHeaderConfig {
            Alignment: Alignment required;
            Header: string required;
            TextColor: string required;
        }
        InAppTemplateRequest {
            Content: [InAppMessageContent];
            CustomConfig: {string: string};
            Layout: Layout;
            tags: {string: string};
            TemplateDescription: string;
        }
        JourneyChannelSettings {
            ConnectCampaignArn: string;
            ConnectCampaignExecutionRoleArn: string;
        }
        JourneyCustomMessage {
            Data: string;
        }
        JourneyEmailMessage {
            FromAddress: string;
        }
        JourneyLimits {
            DailyCap: integer;
            EndpointReentryCap: integer;
            MessagesPerSecond: integer;
            EndpointReentryInterval: string;
            TimeframeCap: JourneyTimeframeCap;
            TotalCap: integer;
        }
        JourneyPushMessage {
            TimeToLive: string;
        }
        JourneySMSMessage {
            MessageType: MessageType;
            OriginationNumber: string;
            SenderId: string;
            EntityId: string;
            TemplateId: string;
        }
        JourneySchedule {
            EndTime: timestamp;
            StartTime: timestamp;
            Timezone: string;
        }
        JourneyStateRequest {
            State: State;
        }
        JourneyTimeframeCap {
            Cap: integer;
            Days: integer;
        }
        Message {
            Action: Action;
            Body: string;
            ImageIconUrl: string;
            ImageSmallIconUrl: string;
            ImageUrl: string;
            JsonBody: string;
            MediaUrl: string;
            RawContent: string;
            SilentPush: boolean;
            TimeToLive: integer;
            Title: string;
            Url: string;
        }
        MessageConfiguration {
            ADMMessage: Message;
            APNSMessage: Message;
            BaiduMessage: Message;
            CustomMessage: CampaignCustomMessage;
            DefaultMessage: Message;
            EmailMessage: CampaignEmailMessage;
            GCMMessage: Message;
            SMSMessage: CampaignSmsMessage;
            InAppMessage: CampaignInAppMessage;
        }
        MessageHeader {
            Name: string;
            Value: string;
        }
        MessageRequest {
            Addresses: {string: AddressConfiguration};
            Context: {string: string};
            Endpoints: {string: EndpointSendConfiguration};
            MessageConfiguration: DirectMessageConfiguration required;
            TemplateConfiguration: TemplateConfiguration;
            TraceId: string;
        }
        MetricDimension {
            ComparisonOperator: string required;
            Value: double required;
        }
        MultiConditionalBranch {
            Condition: SimpleCondition;
            NextActivity: string;
        }
        MultiConditionalSplitActivity {
            Branches: [MultiConditionalBranch];
            DefaultActivity: string;
            EvaluationWaitTime: WaitTime;
        }
        NumberValidateRequest {
            IsoCountryCode: string;
            PhoneNumber: string;
        }
        OpenHours {
            EMAIL: {DayOfWeek: [OpenHoursRule]};
            SMS: {DayOfWeek: [OpenHoursRule]};
            PUSH: {DayOfWeek: [OpenHoursRule]};
            VOICE: {DayOfWeek: [OpenHoursRule]};
            CUSTOM: {DayOfWeek: [OpenHoursRule]};
        }
        OpenHoursRule {
            StartTime: string;
            EndTime: string;
        }
        OverrideButtonConfiguration {
            ButtonAction: ButtonAction required;
            Link: string;
        }
        PublicEndpoint {
            Address: string;
            Attributes: {string: [string]};
            ChannelType: ChannelType;
            Demographic: EndpointDemographic;
            EffectiveDate: string;
            EndpointStatus: string;
            Location: EndpointLocation;
            Metrics: {string: double};
            OptOut: string;
            RequestId: string;
            User: EndpointUser;
        }
        PushMessageActivity {
            MessageConfig: JourneyPushMessage;
            NextActivity: string;
            TemplateName: string;
            TemplateVersion: string;
        }
        PushNotificationTemplateRequest {
            ADM: AndroidPushNotificationTemplate;
            APNS: APNSPushNotificationTemplate;
            Baidu: AndroidPushNotificationTemplate;
            Default: DefaultPushNotificationTemplate;
            DefaultSubstitutions: string;
            GCM: AndroidPushNotificationTemplate;
            RecommenderId: string;
            tags: {string: string};
            TemplateDescription: string;
        }
        QuietTime {
            End: string;
            Start: string;
        }
        RandomSplitActivity {
            Branches: [RandomSplitEntry];
        }
        RandomSplitEntry {
            NextActivity: string;
            Percentage: integer;
        }
        RawEmail {
            Data: blob;
        }
        RecencyDimension {
            Duration: Duration required;
            RecencyType: RecencyType required;
        }
        SMSChannelRequest {
            Enabled: boolean;
            SenderId: string;
            ShortCode: string;
        }
        SMSMessage {
            Body: string;
            Keyword: string;
            MediaUrl: string;
            MessageType: MessageType;
            OriginationNumber: string;
            SenderId: string;
            Substitutions: {string: [string]};
            EntityId: string;
            TemplateId: string;
        }
        SMSMessageActivity {
            MessageConfig: JourneySMSMessage;
            NextActivity: string;
            TemplateName: string;
            TemplateVersion: string;
        }
        SMSTemplateRequest {
            Body: string;
            DefaultSubstitutions: string;
            RecommenderId: string;
            tags: {string: string};
            TemplateDescription: string;
        }
        Schedule {
            EndTime: string;
            EventFilter: CampaignEventFilter;
            Frequency: Frequency;
            IsLocalTime: boolean;
            QuietTime: QuietTime;
            StartTime: string required;
            Timezone: string;
        }
        SegmentBehaviors {
            Recency: RecencyDimension;
        }
        SegmentCondition {
            SegmentId: string required;
        }
        SegmentDemographics {
            AppVersion: SetDimension;
            Channel: SetDimension;
            DeviceType: SetDimension;
            Make: SetDimension;
            Model: SetDimension;
            Platform: SetDimension;
        }
        SegmentDimensions {
            Attributes: {string: AttributeDimension};
            Behavior: SegmentBehaviors;
            Demographic: SegmentDemographics;
            Location: SegmentLocation;
            Metrics: {string: MetricDimension};
            UserAttributes: {string: AttributeDimension};
        }
        SegmentGroup {
            Dimensions: [SegmentDimensions];
            SourceSegments: [SegmentReference];
            SourceType: SourceType;
            Type: Type;
        }
        SegmentGroupList {
            Groups: [SegmentGroup];
            Include: Include;
        }
        SegmentLocation {
            Country: SetDimension;
            GPSPoint: GPSPointDimension;
        }
        SegmentReference {
            Id: string required;
            Version: integer;
        }
        SendOTPMessageRequestParameters {
            AllowedAttempts: integer;
            BrandName: string required;
            Channel: string required;
            CodeLength: integer;
            DestinationIdentity: string required;
            EntityId: string;
            Language: string;
            OriginationIdentity: string required;
            ReferenceId: string required;
            TemplateId: string;
            ValidityPeriod: integer;
        }
        SendUsersMessageRequest {
            Context: {string: string};
            MessageConfiguration: DirectMessageConfiguration required;
            TemplateConfiguration: TemplateConfiguration;
            TraceId: string;
            Users: {string: EndpointSendConfiguration} required;
        }
        Session {
            Duration: integer;
            Id: string required;
            StartTimestamp: string required;
            StopTimestamp: string;
        }
        SetDimension {
            DimensionType: DimensionType;
            Values: [string] required;
        }
        SimpleCondition {
            EventCondition: EventCondition;
            SegmentCondition: SegmentCondition;
            segmentDimensions: SegmentDimensions;
        }
        SimpleEmail {
            HtmlPart: SimpleEmailPart;
            Subject: SimpleEmailPart;
            TextPart: SimpleEmailPart;
            Headers: [MessageHeader];
        }
        SimpleEmailPart {
            Charset: string;
            Data: string;
        }
        StartCondition {
            Description: string;
            EventStartCondition: EventStartCondition;
            SegmentStartCondition: SegmentCondition;
        }
        TagsModel {
            tags: {string: string} required;
        }
        Template {
            Name: string;
            Version: string;
        }
        TemplateActiveVersionRequest {
            Version: string;
        }
        TemplateConfiguration {
            EmailTemplate: Template;
            PushTemplate: Template;
            SMSTemplate: Template;
            VoiceTemplate: Template;
            InAppTemplate: Template;
        }
        UpdateAttributesRequest {
            Blacklist: [string];
        }
        UpdateRecommenderConfiguration {
            Attributes: {string: string};
            Description: string;
            Name: string;
            RecommendationProviderIdType: string;
            RecommendationProviderRoleArn: string required;
            RecommendationProviderUri: string required;
            RecommendationTransformerUri: string;
            RecommendationsDisplayName: string;
            RecommendationsPerMessage: integer;
        }
        VerifyOTPMessageRequestParameters {
            DestinationIdentity: string required;
            Otp: string required;
            ReferenceId: string required;
        }
        VoiceChannelRequest {
            Enabled: boolean;
        }
        VoiceMessage {
            Body: string;
            LanguageCode: string;
            OriginationNumber: string;
            Substitutions: {string: [string]};
            VoiceId: string;
        }
        VoiceTemplateRequest {
            Body: string;
            DefaultSubstitutions: string;
            LanguageCode: string;
            tags: {string: string};
            TemplateDescription: string;
            VoiceId: string;
        }
        WaitActivity {
            NextActivity: string;
            WaitTime: WaitTime;
        }
        WaitTime {
            WaitFor: string;
            WaitUntil: string;
        }
        WriteApplicationSettingsRequest {
            CampaignHook: CampaignHook;
            CloudWatchMetricsEnabled: boolean;
            EventTaggingEnabled: boolean;
            Limits: CampaignLimits;
            QuietTime: QuietTime;
            JourneyLimits: ApplicationSettingsJourneyLimits;
        }
        WriteCampaignRequest {
            AdditionalTreatments: [WriteTreatmentResource];
            CustomDeliveryConfiguration: CustomDeliveryConfiguration;
            Description: string;
            HoldoutPercent: integer;
            Hook: CampaignHook;
            IsPaused: boolean;
            Limits: CampaignLimits;
            MessageConfiguration: MessageConfiguration;
            Name: string;
            Schedule: Schedule;
            SegmentId: string;
            SegmentVersion: integer;
            tags: {string: string};
            TemplateConfiguration: TemplateConfiguration;
            TreatmentDescription: string;
            TreatmentName: string;
            Priority: integer;
        }
        WriteEventStream {
            DestinationStreamArn: string required;
            RoleArn: string required;
        }
        WriteJourneyRequest {
            Activities: {string: Activity};
            CreationDate: string;
            LastModifiedDate: string;
            Limits: JourneyLimits;
            LocalTime: boolean;
            Name: string required;
            QuietTime: QuietTime;
            RefreshFrequency: string;
            Schedule: JourneySchedule;
            StartActivity: string;
            StartCondition: StartCondition;
            State: State;
            WaitForQuietTime: boolean;
            RefreshOnSegmentUpdate: boolean;
            JourneyChannelSettings: JourneyChannelSettings;
            SendingSchedule: boolean;
            OpenHours: OpenHours;
            ClosedDays: ClosedDays;
            TimezoneEstimationMethods: [__TimezoneEstimationMethodsElement];
        }
        WriteSegmentRequest {
            Dimensions: SegmentDimensions;
            Name: string;
            SegmentGroups: SegmentGroupList;
            tags: {string: string};
        }
        WriteTreatmentResource {
            CustomDeliveryConfiguration: CustomDeliveryConfiguration;
            MessageConfiguration: MessageConfiguration;
            Schedule: Schedule;
            SizePercent: integer required;
            TemplateConfiguration: TemplateConfiguration;
            TreatmentDescription: string;
            TreatmentName: string;
        }
    }
    enumerations {
        Action = OPEN_APP DEEP_LINK URL;
        Alignment = LEFT CENTER RIGHT;
        AttributeType = INCLUSIVE EXCLUSIVE CONTAINS BEFORE AFTER ON BETWEEN;
        ButtonAction = LINK DEEP_LINK CLOSE;
        ChannelType = PUSH GCM APNS APNS_SANDBOX APNS_VOIP APNS_VOIP_SANDBOX ADM SMS VOICE EMAIL BAIDU CUSTOM IN_APP;
        DayOfWeek = MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY;
        DimensionType = INCLUSIVE EXCLUSIVE;
        Duration = HR_24 DAY_7 DAY_14 DAY_30;
        FilterType = SYSTEM ENDPOINT;
        Format = CSV JSON;
        Frequency = ONCE HOURLY DAILY WEEKLY MONTHLY EVENT IN_APP_EVENT;
        Include = ALL ANY NONE;
        Layout = BOTTOM_BANNER TOP_BANNER OVERLAYS MOBILE_FEED MIDDLE_BANNER CAROUSEL;
        MessageType = TRANSACTIONAL PROMOTIONAL;
        Mode = DELIVERY FILTER;
        Operator = ALL ANY;
        RecencyType = ACTIVE INACTIVE;
        SourceType = ALL ANY NONE;
        State = DRAFT ACTIVE COMPLETED CANCELLED CLOSED PAUSED;
        Type = ALL ANY NONE;
        __EndpointTypesElement = PUSH GCM APNS APNS_SANDBOX APNS_VOIP APNS_VOIP_SANDBOX ADM SMS VOICE EMAIL BAIDU CUSTOM IN_APP;
        __TimezoneEstimationMethodsElement = PHONE_NUMBER POSTAL_CODE;
    }
}

impl Shape {
    /// Whether the operation answers each structure of this shape by itself, so that what one lacks is
    /// no fault of the whole request.
    ///
    /// # Source
    /// PutEvents has a status for every event; recorded. That a missing member, of its session too, is
    /// among what the status tells: assumed; case: events/an-event-without-type-is-refused-alone
    pub(crate) const fn is_answered_by_itself(self) -> bool {
        matches!(self, Self::Event | Self::Session)
    }

    /// The members of a structure; none if it is an enumeration.
    pub(crate) const fn members(self) -> &'static [Member] {
        match self.spec() {
            ShapeSpec::Structure(members) => members,
            ShapeSpec::Enumeration(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::facts::operations::Operation;

    #[test]
    fn the_table_holds_what_bodies_reach_and_nothing_else() {
        let mut reached = BTreeSet::new();
        for operation in Operation::ALL {
            if let Some(request) = operation.spec().request {
                assert!(matches!(request.spec(), ShapeSpec::Structure(_)));
                reach(Type::Shape(request), &mut reached);
            }
        }
        let all: BTreeSet<Shape> = Shape::ALL.iter().copied().collect();
        assert_eq!(reached, all);
    }

    fn reach(from: Type, reached: &mut BTreeSet<Shape>) {
        match from {
            Type::List(item) => reach(*item, reached),
            Type::Map { key, value } => {
                reach(*key, reached);
                reach(*value, reached);
            }
            Type::Shape(shape) if reached.insert(shape) => {
                for member in shape.members() {
                    reach(member.value, reached);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn names_are_unique() {
        for shape in Shape::ALL {
            let names: Vec<&str> = match shape.spec() {
                ShapeSpec::Structure(members) => members.iter().map(|member| member.name).collect(),
                ShapeSpec::Enumeration(texts) => texts.to_vec(),
            };
            let unique: BTreeSet<&str> = names.iter().copied().collect();
            assert_eq!(unique.len(), names.len(), "{}", shape.name());
        }
    }

    #[test]
    fn a_line_of_the_table_says_type_and_need() {
        let members = Shape::ExportJobRequest.members();
        let shown: Vec<_> = members
            .iter()
            .map(|member| (member.name, member.value, member.required))
            .collect();
        assert_eq!(
            shown,
            [
                ("RoleArn", Type::String, true),
                ("S3UrlPrefix", Type::String, true),
                ("SegmentId", Type::String, false),
                ("SegmentVersion", Type::Integer, false),
            ]
        );
        let texts = ShapeSpec::Enumeration(&["INCLUSIVE", "EXCLUSIVE"]);
        assert_eq!(Shape::DimensionType.spec(), texts);
    }
}
