// Package smscall tells customers over HTTP of the SMS that their devices send and of what became of those to them: at the
// callback of the endpoint's service profile, signed with its API secret. What is to be told stands in the table of SMS, so
// nothing is lost when the program ends; a customer may be told twice and knows an SMS by its id.
package smscall
