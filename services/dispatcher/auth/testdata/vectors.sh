#!/bin/sh
# Makes the signature vectors of openapp-hmac with nothing but the openssl command, so that they do not come from the code they test.
#
#   vectors.sh > vectors.tsv     make them
#   vectors.sh check             make them again and compare with vectors.tsv
#
# Columns: name, key, secret, method, path as on the wire, suffix of it after the base URL, which of the two is signed, milliseconds, nonce, body,
# authorization, x-app-signature.
set -eu
export LC_ALL=C # tr works on bytes

vector() {
	name=$1 key=$2 secret=$3 method=$4 path=$5 suffix=$6 which=$7 at=$8 nonce=$9
	shift 9
	body=$1
	signed=$suffix
	if [ "$which" = full ]; then signed=$path; fi
	text="$key\$$method\$$(printf %s "$signed" | tr a-z A-Z)\$$at\$$nonce"
	authorization="hmac v1\$$text"
	if [ -n "$body" ]; then
		text="$text\$$(printf %s "$body" | openssl dgst -sha256 -binary | openssl base64 -A)"
	fi
	signature=$(printf %s "$text" | openssl dgst -sha256 -hmac "$secret" -binary | openssl base64 -A)
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' \
		"$name" "$key" "$secret" "$method" "$path" "$suffix" "$which" "$at" "$nonce" "$body" "$authorization" "$signature"
}

vectors() {
	shipped='{"oaOrderId":"OA-1042","shopOrderId":"XKBKNABJK","status":"SHIPPED","notes":"","shipping":{"operator":"INPOST_APM","trackingCode":"620999","trackingUrl":""}}'
	unicode='{"oaOrderId":"OA-7","shopOrderId":"ŻÓŁĆ","status":"ORDERED","notes":"zażółć gęślą jaźń — 東京 😀"}'
	fulfillment=/merchant/v1/orders/fulfillment
	vector body-suffix acme 0123456789abcdef0123456789abcdef POST $fulfillment /v1/orders/fulfillment suffix 1718000000000 00112233445566778899aabbccddeeff "$shipped"
	vector body-full acme 0123456789abcdef0123456789abcdef POST $fulfillment /v1/orders/fulfillment full 1718000000000 00112233445566778899aabbccddeeff "$shipped"
	vector no-body-suffix acme 0123456789abcdef0123456789abcdef GET /merchant/order/status /order/status suffix 1718000000001 ffeeddccbbaa99887766554433221100 ''
	vector no-body-full acme 0123456789abcdef0123456789abcdef GET /merchant/order/status /order/status full 1718000000001 ffeeddccbbaa99887766554433221100 ''
	vector unicode-body acme 0123456789abcdef0123456789abcdef POST $fulfillment /v1/orders/fulfillment suffix 1718000000999 0f0e0d0c0b0a09080706050403020100 "$unicode"
	vector unicode-secret sklep-żółw 'hasło z odstępem' POST $fulfillment /v1/orders/fulfillment suffix 1718000000999 0f0e0d0c0b0a09080706050403020100 "$unicode"
	vector long-secret k 0123456789012345678901234567890123456789012345678901234567890123456789-longer-than-a-block PUT /a /a full 1 00000000000000000000000000000000 '{}'
	vector escaped-path acme s3cret POST /merchant/za%c5%bc/x /za%c5%bc/x suffix 1718000000002 00112233445566778899aabbccddeeff '{}'
	vector root-path acme s3cret POST / / suffix 1718000000003 00112233445566778899aabbccddeeff '{}'
}

case "${1:-}" in
'') vectors ;;
check) vectors | diff "$(dirname "$0")/vectors.tsv" - ;;
*) echo "usage: vectors.sh [check]" >&2 && exit 2 ;;
esac
