// Package intake takes SIMs and endpoints out of files of comma-separated values into the inventory, in chunks, so that nobody
// waits long beside it. A row that cannot be taken is told and left out; the others are taken.
//
// What a row names and is there already is found, not made again: a SIM by its ICCID and IMSI, an endpoint by its SIM, or by its
// name where it has none. So a file can be given again. One that broke off goes on where it was.
package intake
