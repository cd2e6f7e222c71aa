package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecretResolve(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	for name, text := range map[string]string{
		"plain": "s3cret", "unix": "s3cret\n", "windows": "s3cret\r\n", "blank": "\n", "two": "s3cret\n\n", "bom": "\uFEFFs3cret", "binary": "s3cret\xff",
		"acme-fr": "of acme", "full": strings.Repeat("s", MaxSecretBytes) + "\r\n", "over": strings.Repeat("s", MaxSecretBytes+1),
	} {
		write(name, text)
	}
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	lookup := func(name string) (string, bool) {
		v, ok := map[string]string{"KEY": "s3cret", "EMPTY": "", "KEY_ACME_FR": "of acme", "KEY_acme-fr": "as it is"}[name]
		return v, ok
	}
	for _, c := range []struct {
		secret     Secret
		shop       string
		want, fail string
	}{
		{secret: Secret{Env: "KEY"}, want: "s3cret"},
		{secret: Secret{Env: "EMPTY"}, fail: "environment variable EMPTY is empty"},
		{secret: Secret{Env: "NONE"}, fail: "environment variable NONE is not set"},
		{secret: Secret{Env: "KEY_{SHOP}"}, shop: "acme-fr", want: "of acme"},
		{secret: Secret{Env: "KEY_{shop}"}, shop: "acme-fr", want: "as it is"},
		{secret: Secret{Env: "KEY_{SHOP}"}, shop: "other", fail: "environment variable KEY_OTHER is not set"},
		{secret: Secret{File: "plain"}, want: "s3cret"},
		{secret: Secret{File: dir + "/plain"}, want: "s3cret"},
		{secret: Secret{File: "unix"}, want: "s3cret"},
		{secret: Secret{File: "windows"}, want: "s3cret"},
		{secret: Secret{File: "{shop}"}, shop: "acme-fr", want: "of acme"},
		{secret: Secret{File: "full"}, want: strings.Repeat("s", MaxSecretBytes)},
		{secret: Secret{File: "over"}, fail: "file over holds over 64 KiB"},
		{secret: Secret{File: "blank"}, fail: "file blank is empty"},
		{secret: Secret{File: "two"}, fail: "file two holds a line break"},
		{secret: Secret{File: "bom"}, fail: "file bom holds a line break or another control character"},
		{secret: Secret{File: "binary"}, fail: "file binary holds"},
		{secret: Secret{File: "none"}, fail: "file none cannot be read: no such file"},
		{secret: Secret{File: "."}, fail: "file . is not a file"},
		{secret: Secret{File: "pipe"}, fail: "file pipe is not a file"},
	} {
		t.Run(c.secret.String(), func(t *testing.T) {
			c.secret.dir = dir
			v, err := c.secret.Resolve(lookup, c.shop)
			if c.fail == "" {
				require.NoError(t, err)
				require.Equal(t, c.want, v.Reveal())
				return
			}
			require.ErrorContains(t, err, c.fail)
			require.ErrorContains(t, err, "(try: ")
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
}

func TestValueShowsItselfToNobody(t *testing.T) {
	v := NewValue("s3cret")
	holder := struct {
		exported any
		hidden   Value
		Deep     map[string]*Value
	}{v, v, map[string]*Value{"k": &v}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s"} {
		fmt.Fprintf(&out, verb+verb+verb, v, &v, holder)
	}
	fmt.Fprintln(&out, v.String(), v.GoString(), []Value{v}, fmt.Errorf("sign: %v", v))
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("x", "v", v, "p", &v, "c", Credential{Secret: v})
	}
	data, err := json.Marshal(map[string]any{"v": v, "c": []Credential{{Key: v, Secret: v}}})
	require.NoError(t, err)
	out.Write(data)
	require.NotContains(t, out.String(), "s3cret")
	require.NotContains(t, out.String(), "733363726574", "hexadecimal")
	require.Contains(t, out.String(), redacted)
	require.True(t, v.Equal(NewValue("s3cret")))
	require.False(t, v.Equal(Value{}))
	require.Empty(t, Value{}.Reveal())
}

func TestCredentials(t *testing.T) {
	c, err := Load("testdata/good/everything.yaml", environment)
	require.NoError(t, err)
	d := c.Destinations["openapp"]

	list, err := d.Credentials(environment, "acme-fr")
	require.NoError(t, err)
	require.Equal(t, []string{OpenAppHMAC, PathFull, planted, planted}, []string{list[0].Type, list[0].Path, list[0].Key.Reveal(), list[0].Secret.Reveal()})
	require.Equal(t, []string{APIKey, "x-api-key", "test-only-fr"}, []string{list[1].Type, list[1].Header, list[1].Secret.Reveal()})

	_, err = d.Credentials(environment, "bare")
	require.EqualError(t, err, "resolve key of openapp@bare: environment variable OA_KEY_BARE is not set (try: OA_KEY_BARE=... in the environment of the process)")

	var values []string
	for _, v := range c.SecretValues(environment) {
		values = append(values, v.Reveal())
	}
	require.ElementsMatch(t, []string{planted, "test-only-fr"}, values, "each once, of the shops that have them")
}
