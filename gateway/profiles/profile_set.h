#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/profiles/decoded.h"

namespace mercaptan::gateway::profiles {

/// Every profile in use. A topic belongs to the first one that matches it.
class ProfileSet {
public:
    static constexpr std::string_view kNone = "none";

    void add(std::unique_ptr<Profile> profile) { profiles_.push_back(std::move(profile)); }
    /// Decodes with the profile of the topic and returns its index, or size() if there is none; the
    /// message is rejected then.
    std::size_t decode(std::string_view topic, std::string_view payload, Decoded& decoded);

    [[nodiscard]] std::size_t size() const { return profiles_.size(); }
    /// The name of a profile; kNone for size().
    [[nodiscard]] std::string_view name(std::size_t index) const {
        return index < profiles_.size() ? profiles_[index]->name() : kNone;
    }

private:
    std::vector<std::unique_ptr<Profile>> profiles_;
};

}  // namespace mercaptan::gateway::profiles
