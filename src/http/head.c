/* SPDX-License-Identifier: Apache-2.0
 * The gate before the parser: a head passes only in the one form that RFC 9112 lets nobody read in two
 * ways. llhttp then frames the message; where the two disagree the request is refused. */
#include <string.h>

#include "http/internal.h"

bool is_tchar(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool str_same(struct str a, const char *b)
{
	size_t i = 0;
	for (; i < a.n && b[i]; i++)
		if (lower(a.p[i]) != lower(b[i]))
			return false;
	return i == a.n && !b[i];
}

enum scan head_scan(struct conn *c, size_t *n)
{
	const struct http_config *cfg = &c->loop->server->cfg;
	const char *p = c->in.p + c->in_at;
	size_t have = c->in.n - c->in_at;
	size_t at = c->scan_at;
	if (have > 0 && at == 0 && !is_tchar((unsigned char)p[0]))
		return SCAN_BAD;
	for (const char *lf; at < have && (lf = memchr(p + at, '\n', have - at)) != NULL;) {
		size_t end = (size_t)(lf - p);
		if (end == 0 || p[end - 1] != '\r' || memchr(p + at, 0, end - at))
			return SCAN_BAD; /* a bare LF: two parsers could see two different requests */
		at = end + 1;
		if (end >= 3 && p[end - 2] == '\n') {
			*n = at;
			return at > cfg->header_max ? SCAN_LONG : SCAN_WHOLE;
		}
	}
	if (have > at && memchr(p + at, 0, have - at))
		return SCAN_BAD;
	/* The request line has its own, smaller limit: the target plus method, version and blanks. */
	if (have > cfg->target_max + 32 && !memchr(p, '\n', cfg->target_max + 32))
		return SCAN_LONG_TARGET;
	c->scan_at = have;
	return have > cfg->header_max ? SCAN_LONG : SCAN_MORE;
}

static int bad(int status, const char **what, const char *why)
{
	*what = why;
	return status;
}

static int read_verb(struct str method, struct http_req *req, const char **what)
{
	for (int v = 0; v < VERB__N; v++)
		if (str_eq_c(method, http_verb_name((enum http_verb)v))) {
			req->verb = (enum http_verb)v;
			req->verb_known = true;
			return 0;
		}
	for (size_t i = 0; i < method.n; i++)
		if (!is_tchar((unsigned char)method.p[i]))
			return bad(400, what, "the method is not a token");
	return method.n ? bad(501, what, "the method is not known") : bad(400, what, "there is no method");
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int read_line(struct str line, struct http_req *req, const char **what)
{
	struct str rest = line;
	struct str method = str_cut(&rest, ' ');
	struct str target = str_cut(&rest, ' ');
	int status = read_verb(method, req, what);
	if (status == 400)
		return status;
	if (rest.n != 8 || memcmp(rest.p, "HTTP/", 5) != 0 || !is_digit(rest.p[5]) || rest.p[6] != '.' ||
		!is_digit(rest.p[7]))
		return bad(400, what, "the request line is method, target, HTTP version");
	if (rest.p[5] != '1' || rest.p[7] > '1')
		return bad(505, what, "HTTP/1.1 is spoken here");
	if (status)
		return status;
	req->minor = rest.p[7] - '0';
	for (size_t i = 0; i < target.n; i++)
		if ((unsigned char)target.p[i] <= 0x20 || (unsigned char)target.p[i] >= 0x7f ||
		    strchr("\"<>\\^`{|}#", target.p[i]))
			return bad(400, what, "the target has a character that must be percent-encoded");
	if (target.n > req->loop->server->cfg.target_max)
		return bad(414, what, "the target is too long");
	req->target = target;
	return target.n ? 0 : bad(400, what, "there is no target");
}

static int read_header(struct str line, struct http_req *req, const char **what)
{
	if (line.p[0] == ' ' || line.p[0] == '\t')
		return bad(400, what, "folded header lines are not accepted");
	ptrdiff_t colon = str_find(line, ':');
	if (colon <= 0)
		return bad(400, what, "a header line is name, colon, value");
	struct str name = {line.p, (size_t)colon};
	for (size_t i = 0; i < name.n; i++)
		if (!is_tchar((unsigned char)name.p[i]))
			return bad(400, what, "a header name is not a token");
	struct str value = str_trim((struct str){line.p + colon + 1, line.n - name.n - 1});
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return bad(400, what, "a header value has a control character");
	}
	if (req->headers_n == (size_t)req->loop->server->cfg.headers_max)
		return bad(431, what, "too many header lines");
	req->headers[req->headers_n++] = (struct pair){name, value};
	return 0;
}

struct str head_find(const struct http_req *req, const char *name, size_t *n)
{
	struct str found = STR_NONE;
	size_t k = 0;
	for (size_t i = 0; i < req->headers_n; i++)
		if (str_same(req->headers[i].name, name) && k++ == 0)
			found = req->headers[i].value;
	if (n)
		*n = k;
	return found;
}

static bool is_host(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = lower(s.p[i]);
		if (!((c >= 'a' && c <= 'z') || is_digit(c) || strchr(".-_:[]", c)))
			return false;
	}
	return s.n > 0 && s.n <= 255;
}

static const char *const single[] = {"Host", "Content-Length", "Transfer-Encoding", "Content-Type",
	"Authorization", "Expect",
	"Cookie", "If-None-Match", "Last-Event-ID", "Content-Encoding", "Origin", "Referer", "User-Agent", "Range",
	"X-CSRF-Token", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"};

static int read_framing(struct http_req *req, const char **what)
{
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_N(single); i++) {
		head_find(req, single[i], &n);
		if (n > 1)
			return bad(400, what, "a header that may stand once is given twice");
	}
	struct str host = head_find(req, "Host", &n);
	if ((n == 0 && req->minor == 1) || (n == 1 && !is_host(host)))
		return bad(400, what, "the Host header is missing or malformed");
	size_t length_n = 0, coding_n = 0;
	struct str length = head_find(req, "Content-Length", &length_n);
	struct str coding = head_find(req, "Transfer-Encoding", &coding_n);
	req->length = -1;
	req->chunked = false;
	if (coding_n && length_n)
		return bad(400, what, "Content-Length and Transfer-Encoding exclude each other");
	if (coding_n && req->minor == 0)
		return bad(400, what, "HTTP/1.0 has no Transfer-Encoding");
	if (coding_n && !str_same(coding, "chunked"))
		return bad(501, what, "chunked is the only transfer coding known");
	req->chunked = coding_n > 0;
	for (size_t i = 0; i < length.n; i++)
		if (!is_digit(length.p[i]))
			return bad(400, what, "Content-Length is not a number");
	if (length_n && (length.n == 0 || length.n > 18))
		return bad(400, what, "Content-Length is not a number");
	if (length_n) {
		req->length = 0;
		for (size_t i = 0; i < length.n; i++)
			req->length = req->length * 10 + (length.p[i] - '0');
	}
	struct str encoding = head_find(req, "Content-Encoding", NULL);
	if (encoding.n && !str_same(encoding, "identity"))
		return bad(415, what, "bodies are taken without content encoding");
	return 0;
}

int head_read(struct http_req *req, const char **what)
{
	struct str rest = buf_str(&req->head);
	rest.n -= 2; /* the empty line */
	req->headers = ARENA_ARRAY(&req->arena, struct pair, req->loop->server->cfg.headers_max);
	req->headers_n = 0;
	bool first = true;
	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n');
		line.n--; /* the CR, which head_scan has seen */
		if (line.n == 0 || memchr(line.p, '\r', line.n))
			return bad(400, what, "a CR stands alone");
		int status = first ? read_line(line, req, what) : read_header(line, req, what);
		if (status)
			return status;
		first = false;
	}
	return read_framing(req, what);
}

static int hex(char c)
{
	if (is_digit(c))
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes `in` to *to (moved on). False: bad escape or NUL. */
static bool decode(struct str in, bool plus, char **to, struct str *out)
{
	char *start = *to, *q = start;
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];
		if (c == '%') {
			int hi = i + 2 < in.n ? hex(in.p[i + 1]) : -1;
			int lo = i + 2 < in.n ? hex(in.p[i + 2]) : -1;
			if (hi < 0 || lo < 0 || (hi | lo) == 0)
				return false;
			c = (char)(hi << 4 | lo);
			i += 2;
		} else if (plus && c == '+') {
			c = ' ';
		}
		*q++ = c;
	}
	*to = q;
	*out = (struct str){start, (size_t)(q - start)};
	return str_is_utf8(*out);
}

static int read_query(struct http_req *req, struct str query, const char **what)
{
	char *to = arena_alloc(&req->arena, query.n + 1);
	while (query.n > 0) {
		struct str value = str_cut(&query, '&');
		struct str raw_name = str_cut(&value, '=');
		struct pair p;
		if (!decode(raw_name, true, &to, &p.name) || !decode(value, true, &to, &p.value))
			return bad(400, what, "a query parameter is not percent-encoded UTF-8");
		if (p.name.n == 0 || req->query_n == QUERY_MAX)
			return bad(400, what, "query parameters are name=value, at most 64");
		for (size_t i = 0; i < req->query_n; i++)
			if (str_eq(req->query[i].name, p.name))
				return bad(400, what, "a query parameter is given twice");
		req->query[req->query_n++] = p;
	}
	return 0;
}

static int read_path(struct http_req *req, struct str path, const char **what)
{
	char *to = arena_alloc(&req->arena, path.n + 1);
	char *start = to;
	path.p++;
	path.n--;
	*to++ = '/';
	while (path.n > 0) {
		struct str raw = str_cut(&path, '/');
		struct str seg;
		if (!decode(raw, false, &to, &seg) || (seg.n && memchr(seg.p, '/', seg.n)) || (seg.n &&
			memchr(seg.p, '\\', seg.n)))
			return bad(400, what, "the path is not percent-encoded UTF-8");
		if (str_eq_c(seg, ".") || str_eq_c(seg, "..") || req->segments_n == SEGMENTS_MAX)
			return bad(400, what, "the path has dot segments or too many of them");
		for (size_t i = 0; i < seg.n; i++)
			if ((unsigned char)seg.p[i] < 0x20 || seg.p[i] == 0x7f)
				return bad(400, what, "the path has a control character");
		if (seg.n == 0 || (path.p && path.n == 0))
			return bad(404, what, "the path has an empty segment");
		req->segments[req->segments_n++] = seg;
		if (path.p)
			*to++ = '/';
	}
	req->path = (struct str){start, (size_t)(to - start)};
	return 0;
}

int head_target(struct http_req *req, const char **what)
{
	struct str t = req->target;
	req->query_n = req->segments_n = 0;
	for (int i = 0; i < 2; i++) { /* absolute form: the authority must be the Host */
		struct str scheme = i ? STR("https://") : STR("http://");
		if (t.n <= scheme.n || !str_same((struct str){t.p, scheme.n}, scheme.p))
			continue;
		t.p += scheme.n;
		t.n -= scheme.n;
		size_t k = 0;
		while (k < t.n && t.p[k] != '/' && t.p[k] != '?')
			k++;
		struct str host = head_find(req, "Host", NULL);
		if (k == 0 || host.n != k || memcmp(host.p, t.p, k) != 0)
			return bad(400, what, "the target names another host than the Host header");
		t.p += k;
		t.n -= k;
		if (t.n == 0)
			t = STR("/");
		break;
	}
	if (t.p[0] != '/')
		return bad(400, what, "the target begins with '/'");
	struct str path = str_cut(&t, '?');
	int status = read_path(req, path, what);
	return status ? status : read_query(req, t, what);
}
