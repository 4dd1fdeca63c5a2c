#include "common/http/target.h"

#include <cstddef>
#include <utility>

#include "common/domain/text.h"

namespace mercaptan::http {

namespace {

constexpr std::string_view kBadEscape = "has a malformed percent-escape";
constexpr std::string_view kNotUtf8 = "is not UTF-8";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

Result<std::string> decode(std::string_view text, bool plus_is_space, std::string_view what) {
    auto decoded = percent_decode(text, plus_is_space);
    if (!decoded) return fail(ErrorCode::invalid_input, std::string{what}.append(kBadEscape));
    if (!is_utf8(*decoded))
        return fail(ErrorCode::invalid_input, std::string{what}.append(kNotUtf8));
    return std::move(*decoded);
}

// Absolute-form loses its scheme and authority: this server serves one site.
std::string_view to_origin_form(std::string_view target) {
    constexpr std::string_view kScheme = "http://";
    if (!target.starts_with(kScheme)) return target;
    target.remove_prefix(kScheme.size());
    const auto path = target.find_first_of("/?");
    if (path == std::string_view::npos) return "/";
    return target[path] == '/' ? target.substr(path) : std::string_view{};
}

Result<void> parse_segments(std::string_view path, std::vector<std::string>& segments) {
    for (path.remove_prefix(1);;) {
        const auto slash = path.find('/');
        auto segment = decode(path.substr(0, slash), /*plus_is_space=*/false, "the path ");
        if (!segment) return Failure{segment.error()};
        segments.push_back(std::move(*segment));
        if (slash == std::string_view::npos) return {};
        path.remove_prefix(slash + 1);
    }
}

Result<void> parse_pair(std::string_view pair, std::map<std::string, std::string>& query) {
    const auto equals = pair.find('=');
    auto key = decode(pair.substr(0, equals), /*plus_is_space=*/true, "a query key ");
    if (!key) return Failure{key.error()};
    if (key->empty()) return fail(ErrorCode::invalid_input, "a query key is empty");
    const auto raw =
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    auto value = decode(raw, /*plus_is_space=*/true, "the query value ");
    if (!value) return fail(ErrorCode::invalid_input, value.error().message, *key);
    const auto [at, added] = query.emplace(std::move(*key), std::move(*value));
    if (!added) return fail(ErrorCode::invalid_input, "the query key is given twice", at->first);
    return {};
}

Result<void> parse_query(std::string_view text, std::map<std::string, std::string>& query) {
    while (!text.empty()) {
        const auto ampersand = text.find('&');
        const auto pair = text.substr(0, ampersand);
        if (!pair.empty()) {
            if (auto parsed = parse_pair(pair, query); !parsed) return parsed;
        }
        if (ampersand == std::string_view::npos) break;
        text.remove_prefix(ampersand + 1);
    }
    return {};
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            decoded += ' ';
        } else if (text[i] != '%') {
            decoded += text[i];
        } else {
            if (text.size() - i < 3) return std::nullopt;
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            decoded += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return decoded;
}

Result<Target> parse_target(std::string_view target) {
    const auto origin = to_origin_form(target);
    if (!origin.starts_with('/') || origin.find('#') != std::string_view::npos) {
        return fail(ErrorCode::invalid_input, "the request target must be a path such as /healthz");
    }
    const auto question = origin.find('?');
    Target parsed{.path = std::string{origin.substr(0, question)}, .segments = {}, .query = {}};
    if (auto segments = parse_segments(parsed.path, parsed.segments); !segments) {
        return Failure{segments.error()};
    }
    if (question != std::string_view::npos) {
        if (auto query = parse_query(origin.substr(question + 1), parsed.query); !query) {
            return Failure{query.error()};
        }
    }
    return parsed;
}

}  // namespace mercaptan::http
