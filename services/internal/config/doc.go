// Package config is the one YAML file that says what Orderwire does: shops, destinations, routes.
//
// What it guarantees:
//
//  1. Strict. An unknown field, a key written twice, a value of another type, a name that leads nowhere: each is an error, never a default.
//  2. Every mistake of a file is reported at once, as `file:line:column: field: what is wrong. Try: what to write instead`.
//     (A file that is not YAML at all has one: where it stops being YAML.)
//  3. No secret is in the file, and none is in an error, a log line, a table or a hash. Values come from the environment or a file when they are used, as a [Value],
//     which prints itself as "[redacted]".
//  4. A file that is refused changes nothing: a [Watcher] keeps the last good one, says once what is wrong, and counts.
//     A changed file is taken when two looks in a row found the same bytes, so that one caught half-written is not.
//  5. Hostile input (deep nesting, aliases, megabytes) costs bounded time and memory, and Parse never panics.
//
// Two services read the same file. The mapper uses shops and routes, and has no access to secrets: it passes no [Lookup], and secrets are not looked at. The dispatcher
// uses destinations: a missing secret is then an error, except that of a single shop of a per_shop destination, which is a warning, because one merchant
// must not stop thirty-nine others. At an attempt a missing secret is the destination's fault, and costs no delivery an attempt.
//
// Which route decides: for each destination, the first one in the file that matches the shop ([Config.Match]). Which target: the merchant's own name of the status,
// then its id, then its key, then its flags ([Route.Target]).
//
// The package stops at meaning: it sends nothing, signs nothing, renders nothing. Where a process runs (addresses, folders) is the environment's.
package config
