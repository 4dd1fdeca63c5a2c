#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/core/rulebook.h"

namespace mercaptan::processor {

/// Versions that are no longer in force and that tickets may still be pinned to.
struct EarlierVersions {
    std::vector<std::shared_ptr<const Policy>> policies;
    std::vector<std::shared_ptr<const Calendar>> calendars;
};

/// Policies by name and version and calendars by version: those in force, and the earlier ones that
/// somebody still holds.
class Versions {
public:
    /// What is in force from now on. An earlier version that nobody holds is forgotten.
    void use(const Rulebook& rulebook);
    void add(const EarlierVersions& earlier);

    [[nodiscard]] std::shared_ptr<const Policy> policy(std::string_view name,
                                                       std::string_view version) const;
    [[nodiscard]] std::shared_ptr<const Calendar> calendar(std::string_view version) const;
    /// In force; never null once `use` was called.
    [[nodiscard]] const std::shared_ptr<const Calendar>& calendar() const { return calendar_; }

private:
    using Key = std::pair<std::string, std::string>;
    std::map<Key, std::shared_ptr<const Policy>> policies_;
    std::map<std::string, std::shared_ptr<const Calendar>, std::less<>> calendars_;
    std::shared_ptr<const Calendar> calendar_;
};

}  // namespace mercaptan::processor
