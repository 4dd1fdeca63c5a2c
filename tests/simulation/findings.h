#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mercaptan::simulation {

/// What a checker saw that must not be.
struct Finding {
    std::string checker;
    std::string what;
};

class Findings {
public:
    void add(std::string_view checker, std::string what) {
        if (list_.size() < kMax) list_.push_back({std::string{checker}, std::move(what)});
    }
    [[nodiscard]] bool empty() const { return list_.empty(); }
    [[nodiscard]] const std::vector<Finding>& list() const { return list_; }

private:
    static constexpr std::size_t kMax = 20;  // One defect is often seen many times.
    std::vector<Finding> list_;
};

}  // namespace mercaptan::simulation
