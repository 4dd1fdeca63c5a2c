#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/message.h"
#include "common/http/server.h"

namespace mercaptan::http {

/// Finds the handler of a path. Internal to the server; immutable once it serves.
class Router {
public:
    using Target = std::variant<Handler, StreamHandler>;

    /// A malformed pattern is a broken invariant: patterns stand in our source.
    void add(std::string method, std::string_view pattern, Target target);

    struct Match {
        const Target* target = nullptr;             // Null: 405 if `allow` names methods, else 404.
        std::map<std::string, std::string> params;  // Of the pattern that matched.
        std::string allow;                          // For the Allow header, e.g. "GET, HEAD".
    };

    /// `segments` are decoded. HEAD finds a GET route.
    Match find(std::string_view method, const std::vector<std::string>& segments) const;

private:
    // `prefix{name}suffix`, or a literal in `prefix` with an empty name.
    struct Segment {
        std::string prefix, name, suffix;
    };
    struct Route {
        std::string method;
        std::vector<Segment> segments;
        Target target;
    };

    static Segment parse_segment(std::string_view text);
    static bool matches(const Segment& pattern, std::string_view segment);
    static bool matches(const Route& route, const std::vector<std::string>& segments);
    static bool more_literal(const Route& a, const Route& b);

    std::vector<Route> routes_;
};

}  // namespace mercaptan::http
