#include "common/http/router.h"

#include <cstddef>
#include <set>
#include <utility>

#include "common/domain/check.h"

namespace mercaptan::http {

namespace {

std::string join(const std::set<std::string>& methods) {
    std::string joined;
    for (const auto& method : methods) {
        if (!joined.empty()) joined += ", ";
        joined += method;
    }
    return joined;
}

}  // namespace

void Router::add(std::string method, std::string_view pattern, Target target) {
    MERCAPTAN_CHECK(pattern.starts_with('/'));
    Route route{.method = std::move(method), .segments = {}, .target = std::move(target)};
    for (pattern.remove_prefix(1);;) {
        const auto slash = pattern.find('/');
        route.segments.push_back(parse_segment(pattern.substr(0, slash)));
        if (slash == std::string_view::npos) break;
        pattern.remove_prefix(slash + 1);
    }
    routes_.push_back(std::move(route));
}

Router::Segment Router::parse_segment(std::string_view text) {
    const auto open = text.find('{');
    if (open == std::string_view::npos) {
        MERCAPTAN_CHECK(text.find('}') == std::string_view::npos);
        return {.prefix = std::string{text}, .name = {}, .suffix = {}};
    }
    const auto close = text.find('}', open);
    MERCAPTAN_CHECK(close != std::string_view::npos && close > open + 1);
    const auto suffix = text.substr(close + 1);
    MERCAPTAN_CHECK(suffix.find_first_of("{}") == std::string_view::npos);
    return {.prefix = std::string{text.substr(0, open)},
            .name = std::string{text.substr(open + 1, close - open - 1)},
            .suffix = std::string{suffix}};
}

bool Router::matches(const Segment& pattern, std::string_view segment) {
    if (pattern.name.empty()) return segment == pattern.prefix;
    return segment.size() > pattern.prefix.size() + pattern.suffix.size() &&
           segment.starts_with(pattern.prefix) && segment.ends_with(pattern.suffix);
}

bool Router::matches(const Route& route, const std::vector<std::string>& segments) {
    if (route.segments.size() != segments.size()) return false;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (!matches(route.segments[i], segments[i])) return false;
    }
    return true;
}

// Of two patterns that match one path: the one that is literal, or has the longer literal part, in
// the first segment where they differ.
bool Router::more_literal(const Route& a, const Route& b) {
    for (std::size_t i = 0; i < a.segments.size(); ++i) {
        const auto& left = a.segments[i];
        const auto& right = b.segments[i];
        if (left.name.empty() != right.name.empty()) return left.name.empty();
        const auto left_size = left.prefix.size() + left.suffix.size();
        const auto right_size = right.prefix.size() + right.suffix.size();
        if (left_size != right_size) return left_size > right_size;
    }
    return false;
}

Router::Match Router::find(std::string_view method,
                           const std::vector<std::string>& segments) const {
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    const Route* best = nullptr;
    std::set<std::string> allowed;
    for (const auto& route : routes_) {
        if (!matches(route, segments)) continue;
        allowed.insert(route.method);
        if (route.method == "GET") allowed.insert("HEAD");
        if (route.method != wanted) continue;
        if (best == nullptr || more_literal(route, *best)) best = &route;
    }
    Match match{.target = nullptr, .params = {}, .allow = join(allowed)};
    if (best == nullptr) return match;
    match.target = &best->target;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const auto& pattern = best->segments[i];
        if (pattern.name.empty()) continue;
        const auto size = segments[i].size() - pattern.prefix.size() - pattern.suffix.size();
        match.params[pattern.name] = segments[i].substr(pattern.prefix.size(), size);
    }
    return match;
}

}  // namespace mercaptan::http
