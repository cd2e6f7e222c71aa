package event

// MaxDepth is how deep objects and lists may lie in each other. The contract needs four; a newer one may need a little more.
const MaxDepth = 8

// The range of a plausible sequence, in microseconds since 1970: from 1973 to 2286. It catches seconds, milliseconds and nanoseconds, and a number
// that no later event could exceed.
const (
	minSequence = 100_000_000_000_000
	maxSequence = 10_000_000_000_000_000
)

// limit is what one field may hold.
type limit struct {
	// most is the largest number of characters of a text, or of items of a list.
	most int
	// form is what a text looks like; nil for other types.
	form *form
	// required fields may not be absent, empty or zero.
	required bool
}

// limits has a row for each text, list, enum and sequence of the messages that come from outside; a test sees to it. Texts are counted in characters.
// Numbers of PrestaShop's columns, where it has one, are below these. Messages without a row are optional; booleans and uint32 hold nothing to
// check. What only some kinds of event need is in rules.go.
var limits = map[string]limit{
	"OrderStatusChanged.kind":        {required: true},
	"OrderStatusChanged.id":          {most: 64, form: id, required: true},
	"OrderStatusChanged.sequence":    {required: true},
	"OrderStatusChanged.occurred_at": {required: true},
	"OrderStatusChanged.captured_by": {},
	"OrderStatusChanged.shop":        {most: 40, form: shopID, required: true},
	"OrderStatusChanged.instance":    {most: 64, form: id, required: true},

	"Platform.name":           {most: 64, form: text},
	"Platform.version":        {most: 64, form: text},
	"Platform.module_version": {most: 64, form: text},

	"Order.id":             {most: 64, form: id, required: true},
	"Order.reference":      {most: 64, form: text},
	"Order.currency":       {most: 3, form: currency},
	"Order.total_paid":     {most: 32, form: decimal},
	"Order.total_products": {most: 32, form: decimal},
	"Order.total_shipping": {most: 32, form: decimal},
	"Order.payment_module": {most: 255, form: text},
	"Order.payments":       {most: 100},
	"Order.lines":          {most: 500},

	"Payment.transaction_id": {most: 254, form: text},
	"Payment.method":         {most: 255, form: text},
	"Payment.amount":         {most: 32, form: decimal},

	"Carrier.name":            {most: 255, form: text},
	"Carrier.tracking_number": {most: 255, form: text},
	"Carrier.tracking_url":    {most: 2048, form: text},

	"Line.sku":        {most: 255, form: text},
	"Line.name":       {most: 1024, form: text},
	"Line.unit_price": {most: 32, form: decimal},

	"Status.key":  {most: 254, form: id},
	"Status.name": {most: 255, form: text},

	"Command.id":        {most: 64, form: id, required: true},
	"Command.shop":      {most: 40, form: shopID, required: true},
	"Command.issued_at": {required: true},
	"Command.operator":  {most: 255, form: text, required: true},
	"Command.reason":    {most: 1024, form: text},

	"AcceptInstance.instance": {most: 64, form: id, required: true},
}
