// Package roaming is what an operator has agreed with other operators: which of their networks its SIMs may use, with
// which radio access types, and what that costs it.
package roaming
