use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use futures_util::future::pending;

use super::*;

type TestFlight = Arc<Flight<u32>>;

fn flight() -> TestFlight {
    Arc::new(Flight::new())
}

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Count {
    fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// A waker, and how often it was woken.
fn counted() -> (Waker, Arc<Count>) {
    let count = Arc::new(Count::default());
    (Arc::clone(&count).into(), count)
}

/// A request that never ends, and the waker that it was polled with last.
fn endless(flight: &TestFlight, waker: &Arc<Mutex<Option<Waker>>>) -> Pin<Box<dyn Future<Output = ()>>> {
    let (flight, waker) = (Arc::clone(flight), Arc::clone(waker));
    Box::pin(async move {
        let request = poll_fn(|cx| {
            *waker.lock().unwrap() = Some(cx.waker().clone());
            Poll::<()>::Pending
        });
        flight.fly(request).await;
    })
}

#[test]
fn all_who_wait_get_what_came() {
    let flight = flight();
    let (waker, woken) = counted();
    let mut waiting: Vec<_> = (0..100).map(|_| Landed::new(Arc::clone(&flight))).collect();
    for landed in &mut waiting {
        assert!(landed.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
    }
    flight.land(Landing::Done(7));
    assert_eq!(woken.take(), 100);
    for landed in waiting {
        assert_eq!(landed.now_or_never(), Some(Landing::Done(7)));
    }
    flight.land(Landing::Abandoned);
    let late = Landed::new(Arc::clone(&flight)).now_or_never();
    assert_eq!(late, Some(Landing::Done(7)), "it has ended already");
}

#[test]
fn one_who_goes_is_not_woken() {
    let flight = flight();
    let (waker, woken) = counted();
    let mut landed = Landed::new(Arc::clone(&flight));
    let _ = landed.poll_unpin(&mut Context::from_waker(&waker));
    drop(landed);
    flight.land(Landing::Done(7));
    assert_eq!((woken.take(), Arc::strong_count(&woken)), (0, 2));
}

#[test]
fn a_request_that_can_go_on_but_is_not_polled_is_given_up() {
    let flight = flight();
    let waker_of_request = Arc::default();
    let (task, task_woken) = counted();
    let mut request = endless(&flight, &waker_of_request);
    assert!(request.poll_unpin(&mut Context::from_waker(&task)).is_pending());

    let (waker, woken) = counted();
    let cx = &mut Context::from_waker(&waker);
    let mut landed = Landed::new(Arc::clone(&flight));
    let mut other = Landed::new(Arc::clone(&flight));
    for _ in 0..3 * PATIENCE {
        assert!(landed.poll_unpin(cx).is_pending(), "the store has not answered");
    }
    assert!(other.poll_unpin(cx).is_pending());
    assert_eq!(woken.take(), 0, "there is nothing to watch");

    waker_of_request.lock().unwrap().clone().unwrap().wake();
    assert_eq!((task_woken.take(), woken.take()), (1, 2));
    for _ in 0..PATIENCE {
        assert!(landed.poll_unpin(cx).is_pending());
        assert_eq!(woken.take(), 1, "it wants to be polled again");
    }
    assert_eq!(landed.poll_unpin(cx), Poll::Ready(Landing::Abandoned));
    assert_eq!(woken.take(), 1, "the other one knows");
    assert_eq!(other.poll_unpin(cx), Poll::Ready(Landing::Abandoned));
    assert!(!flight.is_running());
}

#[test]
fn a_request_that_goes_on_is_waited_for() {
    let flight = flight();
    let waker_of_request = Arc::default();
    let (waker, woken) = counted();
    let cx = &mut Context::from_waker(&waker);
    let mut request = endless(&flight, &waker_of_request);
    let mut landed = Landed::new(Arc::clone(&flight));
    for _ in 0..10 {
        assert!(request.poll_unpin(cx).is_pending());
        waker_of_request.lock().unwrap().clone().unwrap().wake_by_ref();
        for _ in 0..PATIENCE {
            assert!(landed.poll_unpin(cx).is_pending());
        }
    }
    assert!(request.poll_unpin(cx).is_pending());
    woken.take();
    for _ in 0..PATIENCE * 2 {
        assert!(landed.poll_unpin(cx).is_pending());
    }
    assert_eq!(woken.take(), 0, "it was polled, and has to wait itself");
}

#[test]
fn a_request_wakes_the_task_that_it_was_polled_in_last() {
    let flight = flight();
    let waker_of_request = Arc::default();
    let mut request = endless(&flight, &waker_of_request);
    let (first, first_woken) = counted();
    let (second, second_woken) = counted();
    for waker in [&first, &first, &second] {
        let _ = request.poll_unpin(&mut Context::from_waker(waker));
    }
    waker_of_request.lock().unwrap().clone().unwrap().wake();
    assert_eq!((first_woken.take(), second_woken.take()), (0, 1));
}

#[test]
fn a_request_that_has_ended_leaves_nothing_behind() {
    let flight = flight();
    let waker_of_request = Arc::default();
    let mut request = endless(&flight, &waker_of_request);
    let (task, count) = counted();
    let _ = request.poll_unpin(&mut Context::from_waker(&task));
    let waiting = Landed::new(Arc::clone(&flight));
    assert_eq!(waiting.now_or_never(), None);
    flight.land(Landing::Done(1));
    // The store wakes it once more.
    waker_of_request.lock().unwrap().take().unwrap().wake();
    drop((request, task));
    assert_eq!((Arc::strong_count(&flight), Arc::strong_count(&count)), (1, 1));
    drop(flight.fly(pending::<()>()));
}
