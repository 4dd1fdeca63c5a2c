#include "processor/core/versions.h"

namespace mercaptan::processor {

void Versions::use(const Rulebook& rulebook) {
    calendar_.reset();
    const auto unheld = [](const auto& entry) { return entry.second.use_count() == 1; };
    std::erase_if(policies_, unheld);
    std::erase_if(calendars_, unheld);
    for (const auto& policy : rulebook.policies)
        policies_[{policy->name, policy->version}] = policy;
    calendar_ = std::make_shared<const Calendar>(rulebook.calendar);
    calendars_[calendar_->version] = calendar_;
}

void Versions::add(const EarlierVersions& earlier) {
    for (const auto& policy : earlier.policies)
        policies_.try_emplace({policy->name, policy->version}, policy);
    for (const auto& calendar : earlier.calendars)
        calendars_.try_emplace(calendar->version, calendar);
}

std::shared_ptr<const Policy> Versions::policy(std::string_view name,
                                               std::string_view version) const {
    const auto found = policies_.find({std::string{name}, std::string{version}});
    return found == policies_.end() ? nullptr : found->second;
}

std::shared_ptr<const Calendar> Versions::calendar(std::string_view version) const {
    const auto found = calendars_.find(version);
    return found == calendars_.end() ? nullptr : found->second;
}

}  // namespace mercaptan::processor
