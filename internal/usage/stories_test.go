package usage

import "testing"

func TestStories(t *testing.T) {
	onEach(t, map[string]func(*testing.T, *site){
		"session":         sessionStory,
		"repeats":         repeatsStory,
		"order":           orderStory,
		"missing start":   missingStartStory,
		"slices":          slicesStory,
		"endpoint change": endpointChangeStory,
		"midnight":        midnightStory,
		"details":         detailStory,
		"bare details":    bareDetailStory,
		"unknown IMSI":    unknownStory,
		"poison":          poisonStory,
		"failing":         failingStory,
		"broken":          brokenStory,
		"restart":         restartStory,
		"sweep":           sweepStory,
		"forgotten":       forgottenStory,
		"answers":         forgottenAnswersStory,
		"process":         processStory,
		"transfer":        transferStory,
		"hand to hand":    handToHandStory,
		"passed on":       passedOnStory,
		"namesake":        namesakeStory,
		"stale route":     staleRouteStory,
		"crowd":           crowdStory,
		"full queue":      fullStory,
		"accept":          acceptStory,
		"refuse":          refuseStory,
		"storm":           stormStory,
		"near the end":    nearEndStory,
		"last refusal":    lastRefusalStory,
		"catalogue":       catalogueStory,
	})
}
