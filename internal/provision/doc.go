// Package provision makes what a file of an operator names: tariffs, organisations, and the SIMs of enterprises with
// their endpoints. What is there already, by name or ICCID, is left as it is, so a file may be applied again, and again
// with more in it. The whole file is held against the database before anything is written.
package provision
