#include "processor/api/worker.h"

#include <utility>

namespace mercaptan::processor::api {

Worker::Worker() : thread_{[this] { run(); }} {}

Worker::~Worker() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

bool Worker::submit(std::function<void()> work) {
    {
        const std::lock_guard lock{mutex_};
        if (waiting_.size() >= kWaitingMax) return false;
        waiting_.push_back(std::move(work));
    }
    wake_.notify_one();
    return true;
}

void Worker::run() {
    for (;;) {
        std::function<void()> work;
        {
            std::unique_lock lock{mutex_};
            wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
            if (stopping_) return;
            work = std::move(waiting_.front());
            waiting_.pop_front();
        }
        work();
    }
}

}  // namespace mercaptan::processor::api
