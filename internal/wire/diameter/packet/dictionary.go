package packet

// Command is a command code.
type Command uint32

// Commands (RFC 6733 section 3.1, RFC 8506 section 3).
const (
	CapabilitiesExchange Command = 257
	ReAuth               Command = 258
	CreditControl        Command = 272
	AbortSession         Command = 274
	DeviceWatchdog       Command = 280
	DisconnectPeer       Command = 282
)

// Application ids and vendors.
const (
	ApplicationBase  uint32 = 0
	ApplicationGy    uint32 = 4
	ApplicationGx    uint32 = 16777238
	ApplicationRelay uint32 = 0xffffffff
	Vendor3GPP       uint32 = 10415
)

// Result codes (RFC 6733 section 7.1, RFC 8506 section 9).
const (
	ResultSuccess                    uint32 = 2001
	ResultLimitedSuccess             uint32 = 2002
	ResultCommandUnsupported         uint32 = 3001
	ResultTooBusy                    uint32 = 3004
	ResultLoopDetected               uint32 = 3005
	ResultApplicationUnsupported     uint32 = 3007
	ResultInvalidHdrBits             uint32 = 3008
	ResultUnknownPeer                uint32 = 3010
	ResultEndUserServiceDenied       uint32 = 4010
	ResultCreditControlNotApplicable uint32 = 4011
	ResultCreditLimitReached         uint32 = 4012
	ResultUnknownSessionID           uint32 = 5002
	ResultAuthorizationRejected      uint32 = 5003
	ResultInvalidAVPValue            uint32 = 5004
	ResultMissingAVP                 uint32 = 5005
	ResultNoCommonApplication        uint32 = 5010
	ResultUnableToComply             uint32 = 5012
	ResultInvalidAVPLength           uint32 = 5014
	ResultUserUnknown                uint32 = 5030
	ResultRatingFailed               uint32 = 5031
)

// ID is an attribute's code with its vendor in the upper half.
type ID uint64

// MakeID joins vendor and code.
func MakeID(vendor, code uint32) ID { return ID(vendor)<<32 | ID(code) }

// Code is the attribute's code.
func (id ID) Code() uint32 { return uint32(id) }

// Vendor is who defined the attribute, 0 for the base standards.
func (id ID) Vendor() uint32 { return uint32(id >> 32) }

const tgpp ID = 10415 << 32

// Attributes of RFC 6733 and of RADIUS.
const (
	UserName                    ID = 1
	FramedIPAddress             ID = 8
	CalledStationID             ID = 30
	ProxyState                  ID = 33
	EventTimestamp              ID = 55
	FramedIPv6Prefix            ID = 97
	HostIPAddress               ID = 257
	AuthApplicationID           ID = 258
	AcctApplicationID           ID = 259
	VendorSpecificApplicationID ID = 260
	SessionID                   ID = 263
	OriginHost                  ID = 264
	SupportedVendorID           ID = 265
	VendorID                    ID = 266
	FirmwareRevision            ID = 267
	ResultCode                  ID = 268
	ProductName                 ID = 269
	DisconnectCause             ID = 273
	OriginStateID               ID = 278
	FailedAVP                   ID = 279
	ProxyHost                   ID = 280
	ErrorMessage                ID = 281
	RouteRecord                 ID = 282
	DestinationRealm            ID = 283
	ProxyInfo                   ID = 284
	ReAuthRequestType           ID = 285
	DestinationHost             ID = 293
	TerminationCause            ID = 295
	OriginRealm                 ID = 296
	ExperimentalResult          ID = 297
	ExperimentalResultCode      ID = 298
)

// Attributes of RFC 8506.
const (
	CCInputOctets                 ID = 412
	CCOutputOctets                ID = 414
	CCRequestNumber               ID = 415
	CCRequestType                 ID = 416
	CCServiceSpecificUnits        ID = 417
	CCTime                        ID = 420
	CCTotalOctets                 ID = 421
	CheckBalanceResult            ID = 422
	FinalUnitIndication           ID = 430
	GrantedServiceUnit            ID = 431
	RatingGroup                   ID = 432
	RedirectAddressType           ID = 433
	RedirectServer                ID = 434
	RedirectServerAddress         ID = 435
	RequestedAction               ID = 436
	RequestedServiceUnit          ID = 437
	ServiceIdentifier             ID = 439
	SubscriptionID                ID = 443
	SubscriptionIDData            ID = 444
	UsedServiceUnit               ID = 446
	ValidityTime                  ID = 448
	FinalUnitAction               ID = 449
	SubscriptionIDType            ID = 450
	TariffChangeUsage             ID = 452
	MultipleServicesIndicator     ID = 455
	MultipleServicesCreditControl ID = 456
	UserEquipmentInfo             ID = 458
	UserEquipmentInfoType         ID = 459
	UserEquipmentInfoValue        ID = 460
	ServiceContextID              ID = 461
)

// Attributes of TS 29.061, the same as in RADIUS.
const (
	TGPPIMSI             = tgpp | 1
	TGPPChargingID       = tgpp | 2
	TGPPPDPType          = tgpp | 3
	TGPPNSAPI            = tgpp | 10
	TGPPSelectionMode    = tgpp | 12
	TGPPSGSNMCCMNC       = tgpp | 18
	TGPPRATType          = tgpp | 21
	TGPPUserLocationInfo = tgpp | 22
	TGPPMSTimeZone       = tgpp | 23
)

// Attributes of TS 32.299.
const (
	GGSNAddress          = tgpp | 847
	VolumeQuotaThreshold = tgpp | 869
	QuotaHoldingTime     = tgpp | 871
	ReportingReason      = tgpp | 872
	ServiceInformation   = tgpp | 873
	PSInformation        = tgpp | 874
	PDPAddress           = tgpp | 1227
	SGSNAddress          = tgpp | 1228
	SMSInformation       = tgpp | 2000
	DestinationInterface = tgpp | 2002
	InterfaceType        = tgpp | 2006
	OriginatorInterface  = tgpp | 2009
	RecipientInfo        = tgpp | 2026
	AoCRequestType       = tgpp | 2055
)

// Attributes of TS 29.212 and TS 29.214.
const (
	FlowDescription             = tgpp | 507
	FlowStatus                  = tgpp | 511
	MaxRequestedBandwidthDL     = tgpp | 515
	MaxRequestedBandwidthUL     = tgpp | 516
	SupportedFeatures           = tgpp | 628
	FeatureListID               = tgpp | 629
	FeatureList                 = tgpp | 630
	ChargingRuleInstall         = tgpp | 1001
	ChargingRuleRemove          = tgpp | 1002
	ChargingRuleDefinition      = tgpp | 1003
	ChargingRuleBaseName        = tgpp | 1004
	ChargingRuleName            = tgpp | 1005
	EventTrigger                = tgpp | 1006
	Offline                     = tgpp | 1008
	Online                      = tgpp | 1009
	Precedence                  = tgpp | 1010
	QoSInformation              = tgpp | 1016
	NetworkRequestSupport       = tgpp | 1024
	IPCANType                   = tgpp | 1027
	QoSClassIdentifier          = tgpp | 1028
	RATType                     = tgpp | 1032
	AllocationRetentionPriority = tgpp | 1034
	APNAggregateMaxBitrateDL    = tgpp | 1040
	APNAggregateMaxBitrateUL    = tgpp | 1041
	SessionReleaseCause         = tgpp | 1045
	PriorityLevel               = tgpp | 1046
	PreemptionCapability        = tgpp | 1047
	PreemptionVulnerability     = tgpp | 1048
	DefaultEPSBearerQoS         = tgpp | 1049
	ANGWAddress                 = tgpp | 1050
	FlowInformation             = tgpp | 1058
	FlowDirection               = tgpp | 1080
	ExtendedAPNAMBRDL           = tgpp | 2848
	ExtendedAPNAMBRUL           = tgpp | 2849
)

// Mandatory reports whether the standards set the M flag of an attribute that we send.
func (id ID) Mandatory() bool {
	switch id {
	case ProductName, FirmwareRevision, ErrorMessage, // RFC 6733 section 4.5
		UserEquipmentInfo, UserEquipmentInfoType, UserEquipmentInfoValue, // RFC 8506 section 8
		SupportedFeatures, FeatureListID, FeatureList, // optional on Gx, TS 29.229 section 7.2
		TGPPIMSI, TGPPChargingID, TGPPPDPType, TGPPNSAPI, TGPPSelectionMode, TGPPSGSNMCCMNC, TGPPRATType,
		TGPPUserLocationInfo, TGPPMSTimeZone, // as in RADIUS, TS 29.061
		RATType, ANGWAddress, FlowInformation, FlowDirection, ExtendedAPNAMBRDL, ExtendedAPNAMBRUL,
		APNAggregateMaxBitrateDL, APNAggregateMaxBitrateUL, DefaultEPSBearerQoS, AllocationRetentionPriority,
		PriorityLevel, PreemptionCapability, PreemptionVulnerability: // TS 29.212 section 5.3
		return false
	}
	return true
}

// leastLength is how many octets of data an attribute of this id needs at least (RFC 6733 section 7.5).
func leastLength(id ID) int {
	switch id {
	case CCInputOctets, CCOutputOctets, CCTotalOctets, CCServiceSpecificUnits:
		return 8
	case CCRequestNumber, CCRequestType, CCTime, RatingGroup, RequestedAction, ServiceIdentifier, SubscriptionIDType,
		AuthApplicationID, AcctApplicationID, VendorID, SupportedVendorID, ResultCode, OriginStateID, EventTimestamp,
		DisconnectCause, TerminationCause, ReAuthRequestType, MultipleServicesIndicator, UserEquipmentInfoType,
		TGPPChargingID, ReportingReason, RATType, IPCANType, EventTrigger, QoSClassIdentifier, PriorityLevel,
		ExperimentalResultCode, FramedIPAddress, TariffChangeUsage, InterfaceType:
		return 4
	case TGPPSGSNMCCMNC:
		return 5
	case HostIPAddress, PDPAddress, SGSNAddress, GGSNAddress, ANGWAddress:
		return 6
	}
	return 0
}
