#include "gateway/core/ended_commands.h"

#include <iterator>

#include "common/domain/check.h"

namespace mercaptan::gateway {

EndedCommands::ShutKey EndedCommands::shut_key(const EndedCommand& command) {
    return {command.site, command.valve, command.ended_at, command.id};
}

std::string EndedCommands::add(EndedCommand command) {
    remove(command.id);
    by_time_.emplace(command.ended_at, command.id);
    if (command.shut) shut_.insert(shut_key(command));
    std::string id = command.id;
    by_id_.emplace(std::move(id), std::move(command));
    if (by_id_.size() <= kMax) return {};
    std::string oldest = by_time_.begin()->second;
    remove(oldest);
    return oldest;
}

void EndedCommands::remove(std::string_view id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return;
    by_time_.erase({found->second.ended_at, found->second.id});
    shut_.erase(shut_key(found->second));
    by_id_.erase(found);
}

const EndedCommand* EndedCommands::find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
}

const EndedCommand* EndedCommands::last_shut(const Name& site, const Name& valve, Instant from,
                                             Instant to) const {
    const auto after = shut_.lower_bound({site, valve, to + Duration{1}, {}});
    if (after == shut_.begin()) return nullptr;
    const auto& [found_site, found_valve, ended_at, id] = *std::prev(after);
    if (found_site != site || found_valve != valve || ended_at < from) return nullptr;
    return find(id);
}

const EndedCommand& EndedCommands::doubt(std::string_view id) {
    const auto found = by_id_.find(id);
    MERCAPTAN_CHECK(found != by_id_.end());
    shut_.erase(shut_key(found->second));
    found->second.shut = false;
    return found->second;
}

}  // namespace mercaptan::gateway
