package attempt

import v1 "github.com/orderwire/orderwire/proto/orderwire/v1"

// rule is what a range of statuses means, and for some a hint for a person.
type rule struct {
	from, to int
	reason   v1.Reason
	hint     string
}

// table has every status from 100 to 599 once.
var table = []rule{
	{100, 199, v1.Reason_ENDPOINT_FAULT, "an interim status is no answer (try: does the url lead to the API itself?)"},
	{200, 299, v1.Reason_DELIVERED, ""},
	{300, 399, v1.Reason_ENDPOINT_FAULT, "redirects are not followed (try the final address as url)"},
	{400, 400, v1.Reason_PERMANENT, ""},
	{401, 401, v1.Reason_ENDPOINT_FAULT, "the destination does not accept the credentials (try: check key, secret, path of the signature, and this machine's clock)"},
	{402, 402, v1.Reason_ENDPOINT_FAULT, "the destination wants to be paid (try: ask its operator about the account)"},
	{403, 403, v1.Reason_ENDPOINT_FAULT, "the destination does not allow this caller (try: check key and secret, and whether the account may do this)"},
	{404, 404, v1.Reason_NOT_YET, ""},
	{405, 406, v1.Reason_PERMANENT, ""},
	{407, 407, v1.Reason_ENDPOINT_FAULT, "a proxy in between wants credentials (try: a network path without it)"},
	{408, 408, v1.Reason_TRANSIENT, ""},
	{409, 409, v1.Reason_NOT_YET, ""},
	{410, 410, v1.Reason_GONE, "the destination says that it is gone for good (try: remove it, or change its url)"},
	{411, 420, v1.Reason_PERMANENT, ""},
	{421, 421, v1.Reason_ENDPOINT_FAULT, "this server does not speak for the url's host (try: check the url)"},
	{422, 424, v1.Reason_PERMANENT, ""},
	{425, 425, v1.Reason_TRANSIENT, ""},
	{426, 426, v1.Reason_ENDPOINT_FAULT, "the destination wants another protocol than HTTP/1.1 (try: ask its operator)"},
	{427, 428, v1.Reason_PERMANENT, ""},
	{429, 429, v1.Reason_TRANSIENT, ""},
	{430, 499, v1.Reason_PERMANENT, ""},
	{500, 500, v1.Reason_TRANSIENT, ""},
	{501, 501, v1.Reason_PERMANENT, ""},
	{502, 599, v1.Reason_TRANSIENT, ""},
}

// odd is for numbers that are no HTTP statuses, which net/http lets through.
var odd = rule{0, 999, v1.Reason_ENDPOINT_FAULT, "this is no HTTP status (try: does the url lead to the API itself?)"}

// firstStatus and endStatus bound the table.
const firstStatus, endStatus = 100, 600

var byStatus = func() (index [endStatus - firstStatus]*rule) {
	for i := range table {
		for status := table[i].from; status <= table[i].to; status++ {
			index[status-firstStatus] = &table[i]
		}
	}
	return index
}()

func ruleOf(status int) *rule {
	if status < firstStatus || status >= endStatus {
		return &odd
	}
	return byStatus[status-firstStatus]
}
