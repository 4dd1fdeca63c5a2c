#include "processor/decision_print.h"

#include <cstring>
#include <string_view>

#include "processor/io/tables.h"

namespace mercaptan::processor {
namespace {

/// Eight bytes at a time, mixed as in Murmur3's finisher.
class Mixer {
public:
    void add(std::uint64_t word) {
        print_ = (print_ ^ word) * 0xff51afd7ed558ccdULL;
        print_ = (print_ ^ (print_ >> 32U)) * 0xc4ceb9fe1a85ec53ULL;
        print_ ^= print_ >> 29U;
    }
    void add(std::string_view text) {
        add(text.size());
        for (; text.size() >= sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t))) {
            add(word_of(text.substr(0, sizeof(std::uint64_t))));
        }
        if (!text.empty()) add(word_of(text));
    }
    [[nodiscard]] std::uint64_t print() const { return print_; }

private:
    static std::uint64_t word_of(std::string_view text) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), text.size());
        return word;
    }
    std::uint64_t print_ = 0;
};

bool is_decision(const store::Batch::Write& write) {
    switch (static_cast<StoreTable>(write.table)) {
        case StoreTable::devices:
        case StoreTable::alarms:
        case StoreTable::tickets:
        case StoreTable::ticket_log:
        case StoreTable::idempotency:
        case StoreTable::alarm_log:
        case StoreTable::notices:
            return true;
        case StoreTable::effects:  // An erased one was delivered.
            return write.kind == store::Batch::Write::Kind::put;
        default:
            return false;
    }
}

}  // namespace

std::uint64_t decision_print(const Commit& commit) {
    Mixer mixer;
    commit.batch.for_each(
        [&](const store::Batch::Write& write, std::string_view key, std::string_view value) {
            if (!is_decision(write)) return;
            mixer.add(write.table);
            mixer.add(key);
            mixer.add(value);
        });
    for (const CommandOutcome& outcome : commit.outcomes) {
        const Reply& reply = outcome.reply;
        mixer.add(reply.error ? reply.error->message : std::string_view{});
        mixer.add(reply.ticket_id);
        mixer.add(reply.alarm_id);
        mixer.add((reply.error ? 1U : 0U) | (reply.created ? 2U : 0U) | (reply.replayed ? 4U : 0U));
    }
    return mixer.print();
}

}  // namespace mercaptan::processor
