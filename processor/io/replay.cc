#include "processor/io/replay.h"

#include <utility>

#include "processor/io/rows.h"
#include "processor/io/version_rows.h"

namespace mercaptan::processor {

ReplayRun::ReplayRun(const store::Store& recorded, RulebookSource rulebooks,
                     const ProcessorSettings& settings)
    : recorded_{recorded}, store_{recorded}, rulebooks_{std::move(rulebooks)}, settings_{settings} {
    settings_.keep_readings = false;
}

Result<void> ReplayRun::begin(const Start& start) {
    return read_start(recorded_, start.commit,
                      [&](StoreTable of, std::string_view key, std::string_view value) {
                          store_.put(of, key, value);
                      });
}

Result<void> ReplayRun::take(std::uint64_t commit, const LoggedRecord& record) {
    if (const auto* start = std::get_if<LoggedStart>(&record.body)) {
        content_ = start->content;
        auto rulebook = rulebooks_(content_);
        if (!rulebook) return Failure{rulebook.error()};
        store_.end_journal_at(commit - 1);
        commit_.reset();
        const auto earlier = load_versions(store_);
        if (!earlier) return Failure{earlier.error()};
        auto opened = Processor::open(settings_, *std::move(rulebook), store_, record.at, *earlier);
        if (!opened) return Failure{opened.error()};
        processor_ = *std::move(opened);
        return {};
    }
    if (processor_ == nullptr)
        return fail(ErrorCode::corrupt, "journal: a record stands before the start of its process");
    if (const auto* reload = std::get_if<LoggedReload>(&record.body)) {
        content_ = reload->content;
        auto rulebook = rulebooks_(content_);
        if (!rulebook) return Failure{rulebook.error()};
        processor_->take(record, *std::move(rulebook));
        return {};
    }
    processor_->take(record);
    return {};
}

Result<const Commit*> ReplayRun::close(const JournalHead& head) {
    if (processor_ == nullptr)
        return fail(ErrorCode::corrupt, "journal: a commit stands before the start of its process");
    if (commit_) processor_->recycle(std::move(commit_));
    commit_ = processor_->close(head.closed_at);
    if (auto written = store_.write(commit_->batch, store::Sync::no); !written)
        return Failure{written.error()};
    for (const Outgoing& effect : commit_->effects)
        processor_->on_sent(effect.key, effect.generation);
    return commit_.get();
}

Result<void> ReplayRun::use(RulebookSource rulebooks, Instant at) {
    rulebooks_ = std::move(rulebooks);
    if (processor_ == nullptr) return {};
    auto rulebook = rulebooks_(content_);
    if (!rulebook) return Failure{rulebook.error()};
    processor_->on_reload(*std::move(rulebook), at);
    return {};
}

Result<Start> start_for(const store::Store& recorded, Instant from) {
    const auto starts = kept_starts(recorded);
    if (!starts) return Failure{starts.error()};
    if (starts->empty()) {
        return fail(ErrorCode::not_found,
                    "the store has no start to replay from: no processor of this version has run "
                    "on it");
    }
    Start found = starts->front();
    for (const Start& start : *starts) {
        if (start.at <= from) found = start;
    }
    return found;
}

Result<void> each_row(const store::Store& recorded, const Start& start, Instant to,
                      const RowVisit& visit) {
    std::string from;
    journal_key(from, start.commit + 1);
    Result<void> outcome;
    ReplayRow row{.commit = start.commit, .head = {}, .value = {}};
    const auto take = [&](std::string_view key, std::string_view value) -> Result<bool> {
        const auto commit = decode_journal_key(key);
        if (!commit) return Failure{commit.error()};
        if (*commit != row.commit + 1) {
            return fail(ErrorCode::corrupt, "journal: the row of commit " +
                                                std::to_string(row.commit + 1) + " is missing");
        }
        const auto head = decode_journal_head(value);
        if (!head) return Failure{head.error()};
        row = {.commit = *commit, .head = *head, .value = value};
        if (row.head.closed_at >= to) return false;
        return visit(row).map([] { return true; });
    };
    const auto scanned = recorded.scan(table(StoreTable::journal), from, {},
                                       [&](std::string_view key, std::string_view value) {
                                           const auto more = take(key, value);
                                           if (!more) outcome = Failure{more.error()};
                                           return more.value_or(false);
                                       });
    return scanned ? outcome : scanned;
}

}  // namespace mercaptan::processor
