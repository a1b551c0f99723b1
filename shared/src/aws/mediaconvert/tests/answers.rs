//! Tests what is made of the answers of the service.

use super::*;
use crate::vocabulary::stage::Stage;

#[tokio::test]
async fn a_job_is_told_as_it_stands() {
    let metadata = metadata(&job_of()).unwrap();
    for (status, expected) in [
        (
            json!({"status": "SUBMITTED"}),
            JobState::Working { percent: 0 },
        ),
        (
            json!({"status": "PROGRESSING", "jobPercentComplete": 34}),
            JobState::Working { percent: 34 },
        ),
        (
            json!({"status": "OF_A_LATER_YEAR", "jobPercentComplete": 1000}),
            JobState::Working { percent: 0 },
        ),
        (json!({"status": "COMPLETE"}), JobState::Complete),
        (json!({"status": "CANCELED"}), JobState::Cancelled),
        (
            json!({"status": "ERROR", "errorCode": 1401, "errorMessage": "denied"}),
            JobState::Failed {
                code: 1401,
                message: "denied".to_owned(),
            },
        ),
    ] {
        let mut job = json!({"id": "1-a", "role": "", "settings": {}, "userMetadata": metadata});
        let fields = job.as_object_mut().unwrap();
        fields.extend(status.as_object().unwrap().clone());
        let (service, answers) = service(200, &json!({"job": job}));
        let found = service.get(&JobId::parse("1-a").unwrap()).await.unwrap();
        let found = found.unwrap();
        assert_eq!(found.state, expected);
        assert_eq!(found.of, Some(job_of()));
        let line = answers.asked.lock().unwrap().first().unwrap().0.clone();
        assert!(
            line.starts_with("GET ") && line.ends_with("/2017-08-29/jobs/1-a"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_job_is_found_by_what_it_is_of() {
    let job = |id: &str, status: &str, generation: u32| {
        let of = JobOf {
            generation,
            ..job_of()
        };
        json!({"id": id, "role": "", "settings": {}, "status": status, "userMetadata": metadata(&of).unwrap()})
    };
    let jobs = [
        json!({"id": "0-other", "role": "", "settings": {}, "status": "COMPLETE"}),
        job("1-cancelled", "CANCELED", 3),
        job("2-before", "COMPLETE", 2),
        job("3-ours", "PROGRESSING", 3),
        job("4-older", "ERROR", 3),
    ];
    let (service, answers) = service(200, &json!({"jobs": jobs}));
    let source = order(Format::Mp4, sources().remove(0).1.streams).source;
    let order = StageOrder {
        stage: Stage::TranscodeMedia,
        ..job_of().order()
    };
    let (id, attempt) = service.find(&source, &order).await.unwrap().unwrap();
    assert_eq!((id.as_str(), attempt), ("3-ours", job_of().attempt));
    let line = answers.asked.lock().unwrap().first().unwrap().0.clone();
    for part in ["/2017-08-29/search?", "source.mp4", "queues%2FDefault"] {
        assert!(line.contains(part), "{line}");
    }
}

#[tokio::test]
async fn errors_say_whether_to_ask_again() {
    let id = JobId::parse("1-a").unwrap();
    let (gone, _) = service(404, &json!("NotFoundException"));
    assert_eq!(gone.get(&id).await.unwrap(), None);
    for (status, code) in [
        (404, "NotFoundException"),
        (409, "ConflictException"),
        (400, "BadRequestException"),
    ] {
        let (ended, _) = service(status, &json!(code));
        assert!(ended.cancel(&id).await.is_ok(), "{code}");
    }
    let (_, order) = sources().remove(0);
    let (bad, _) = service(400, &json!("BadRequestException"));
    let refused = bad.create(&order).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Refused(_)), "{refused:?}");
    for (status, code) in [
        (403, "ForbiddenException"),
        (429, "TooManyRequestsException"),
        (402, "ServiceQuotaExceededException"),
        (500, "InternalServerErrorException"),
        (409, "ConflictException"),
    ] {
        let (away, _) = service(status, &json!(code));
        for error in [
            away.create(&order).await.unwrap_err(),
            away.get(&id).await.unwrap_err(),
        ] {
            assert!(
                matches!(error, ServiceError::Unavailable(_)),
                "{code}: {error:?}"
            );
        }
    }
}
