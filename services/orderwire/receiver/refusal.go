package receiver

// refusal is why a request was not even looked at as a delivery. The text is what the client gets, and a key in Stats.Refused.
type refusal string

const (
	refusedPath   refusal = "no such endpoint"
	refusedMethod refusal = "method not allowed"
	refusedSize   refusal = "body too large"
	refusedType   refusal = "content type is not application/json"
	refusedBody   refusal = "bad body"
	refusedCut    refusal = "body cut off"

	refusedAuthorization refusal = "authorization: not one hmac v1 header with one x-app-signature"
	refusedKey           refusal = "authorization: unknown api key"
	refusedSignedMethod  refusal = "authorization: another method"
	refusedSignedPath    refusal = "authorization: another path"
	refusedTimestamp     refusal = "authorization: timestamp not within 60 s"
	refusedNonce         refusal = "authorization: nonce not 1 to 64 characters"
	refusedSignature     refusal = "x-app-signature: does not match"
	refusedReplay        refusal = "authorization: nonce used before"
	refusedNames         refusal = "header names not in lower case"

	// unlogged is not a refusal: the line of a request that was taken could not be written.
	unlogged refusal = "taken, but not logged"
)
