package verify

// Lease is how long what is remembered may be believed.
const Lease = lease
