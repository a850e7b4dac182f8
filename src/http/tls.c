/* SPDX-License-Identifier: Apache-2.0
 * TLS 1.2 and 1.3 with AEAD suites only, by OpenSSL 3. */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "http/internal.h"

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
	const unsigned char *in, unsigned in_n, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	(void)ssl;
	(void)arg;
	unsigned char *chosen;
	if (SSL_select_next_proto(&chosen, out_n, ours, sizeof ours - 1, in, in_n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

enum err_code tls_open(struct http_server *s, struct err *e)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	if (!ctx)
		return err_set(e, ERR_MEMORY, "tls", "no TLS context");
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx,
		SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);
	bool ok = SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
		  SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
		  SSL_CTX_set_ciphersuites(ctx,
			"TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384") == 1;
	const char *at = s->cfg.cert_file;
	ok = ok && SSL_CTX_use_certificate_chain_file(ctx, at) == 1;
	if (ok)
		at = s->cfg.key_file;
	ok = ok && SSL_CTX_use_PrivateKey_file(ctx, at, SSL_FILETYPE_PEM) == 1 &&
		SSL_CTX_check_private_key(ctx) == 1;
	ERR_clear_error();
	if (!ok) {
		SSL_CTX_free(ctx);
		return err_set(e, ERR_FILE, at, "certificate and key are PEM files that belong together");
	}
	s->tls = ctx;
	return OK;
}

void tls_close(struct http_server *s)
{
	SSL_CTX_free(s->tls);
	s->tls = NULL;
}

SSL *tls_accept(struct http_server *s, int fd)
{
	SSL *ssl = SSL_new(s->tls);
	if (ssl && SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		ssl = NULL;
	}
	if (ssl)
		SSL_set_accept_state(ssl);
	ERR_clear_error();
	return ssl;
}

static ptrdiff_t verdict(struct conn *c, int rc, bool *wants_other, int other)
{
	int why = SSL_get_error(c->ssl, rc);
	ERR_clear_error();
	*wants_other = why == other;
	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
		return 0;
	return why == SSL_ERROR_ZERO_RETURN ? -1 : -2;
}

ptrdiff_t tls_read(struct conn *c, char *p, size_t n)
{
	size_t got = 0;
	ERR_clear_error();
	int rc = SSL_read_ex(c->ssl, p, n, &got);
	return rc == 1 ? (ptrdiff_t)got : verdict(c, rc, &c->ssl_read_wants_out, SSL_ERROR_WANT_WRITE);
}

ptrdiff_t tls_write(struct conn *c, const char *p, size_t n)
{
	size_t put = 0;
	ERR_clear_error();
	int rc = SSL_write_ex(c->ssl, p, n, &put);
	return rc == 1 ? (ptrdiff_t)put : verdict(c, rc, &c->ssl_write_wants_in, SSL_ERROR_WANT_READ);
}

void tls_bye(struct conn *c)
{
	ERR_clear_error();
	if (SSL_is_init_finished(c->ssl))
		SSL_shutdown(c->ssl);
	ERR_clear_error();
}

void tls_free(struct conn *c)
{
	SSL_free(c->ssl);
	c->ssl = NULL;
}
