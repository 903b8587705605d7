package api

import "github.com/simstead/simstead/internal/rest"

// Register adds every operation to r: the list of all there is.
func (a *API) Register(r *rest.API) {
	a.authenticateRoutes(r)
	a.setupRoutes(r)
	a.applicationTokenRoutes(r)
	a.organisationRoutes(r)
	a.organisationContactRoutes(r)
	a.endpointRoutes(r)
	a.connectivityRoutes(r)
	a.simRoutes(r)
	a.quotaRoutes(r)
	a.serviceProfileRoutes(r)
	a.trafficLimitRoutes(r)
	a.dnsRoutes(r)
	a.tariffProfileRoutes(r)
	a.tariffProfileChangeRoutes(r)
	a.tariffProfileBlockRoutes(r)
	a.inclusiveVolumeRoutes(r)
	a.tariffPlanRoutes(r)
	a.balanceRoutes(r)
	a.operatorBlacklistRoutes(r)
	a.eventRoutes(r)
	a.eventIngestRoutes(r)
	a.statsRoutes(r)
	a.operatorRoutes(r)
	a.networkCoverageRoutes(r)
	a.imsiPoolRoutes(r)
	a.pdpContextDefinitionRoutes(r)
	a.lookupRoutes(r)
	a.dataStreamRoutes(r)
	a.dataStreamHealthRoutes(r)
	a.dataStreamV1Routes(r)
	a.apiCallbackRoutes(r)
	a.usageRejectRoutes(r)
}
