#include "processor/io/effect_sender.h"

#include <utility>

namespace mercaptan::processor {

void EffectSender::perform(std::vector<Outgoing> messages) {
    {
        const std::lock_guard lock{mutex_};
        for (Outgoing& message : messages) {
            std::string key = message.key;
            Entry& entry = entries_[key];
            entry.latest = std::move(message);
            queue(key, entry);
        }
    }
    push();
}

void EffectSender::on_ready() {
    {
        const std::lock_guard lock{mutex_};
        for (auto& [key, entry] : entries_) queue(key, entry);
    }
    push();
}

void EffectSender::on_published(std::uint64_t token, bool ok) {
    OnItsWay done;
    bool arrived = false;
    {
        const std::lock_guard lock{mutex_};
        const auto found = on_its_way_.find(token);
        if (found == on_its_way_.end()) return;
        done = std::move(found->second);
        on_its_way_.erase(found);
        const auto entry = entries_.find(done.key);
        if (entry != entries_.end() && entry->second.latest.generation == done.generation) {
            arrived = ok;
            // A refused one waits for the next connection or the next message: no busy loop.
            if (ok) entries_.erase(entry);
        }
    }
    if (arrived) sent_(std::move(done.key), done.generation);
    if (ok) push();
}

std::size_t EffectSender::pending() const {
    const std::lock_guard lock{mutex_};
    return entries_.size();
}

void EffectSender::queue(const std::string& key, Entry& entry) {
    if (entry.queued) return;
    entry.queued = true;
    queue_.push_back(key);
}

void EffectSender::push() {
    const std::lock_guard turn{push_mutex_};
    for (;;) {
        EffectRow message;
        std::uint64_t token = 0;
        {
            const std::lock_guard lock{mutex_};
            if (queue_.empty()) return;
            const auto entry = entries_.find(queue_.front());
            if (entry == entries_.end()) {
                queue_.pop_front();
                continue;
            }
            token = next_token_++;
            message = entry->second.latest.message;
            on_its_way_[token] = {entry->first, entry->second.latest.generation};
            entry->second.queued = false;
            queue_.pop_front();
        }
        if (publish_(message, token)) continue;
        const std::lock_guard lock{mutex_};
        const auto refused = on_its_way_.find(token);
        if (refused == on_its_way_.end()) return;
        if (const auto entry = entries_.find(refused->second.key);
            entry != entries_.end() && !entry->second.queued) {
            entry->second.queued = true;
            queue_.push_front(entry->first);
        }
        on_its_way_.erase(refused);
        return;
    }
}

}  // namespace mercaptan::processor
