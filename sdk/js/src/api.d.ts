/** Generated from docs/openapi.json: `npm run generate` writes it again. */

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description The answer to `POST /apps/{app}/media/{media}/grants`. */
        AccessGrant: {
            /** @description The app. */
            app: components["schemas"]["AppId"];
            /** @description How viewers carry the grant. */
            as: components["schemas"]["GrantForm"];
            /**
             * Format: date-time
             * @description The time at which the grant ends.
             */
            expires_at: string;
            /** @description The range of addresses that viewers must come from, if that was asked for. */
            ip?: string;
            /** @description The media. */
            media: components["schemas"]["MediaId"];
            /** @description The URL pattern that the grant opens, as CloudFront reads it: `*` matches any run of characters. */
            resource: string;
            /**
             * Format: date-time
             * @description The time at which it begins, if that was asked for.
             */
            starts_at?: string;
        } | {
            /** @description The query string to append after the `?` of any URL of the media. */
            query: string;
            /** @description The signed URL of the original file. */
            url?: string;
        } | {
            /** @description Names and values, for callers that write cookies in another way. */
            cookies: {
                [key: string]: string;
            };
            /** @description Complete values of `Set-Cookie` headers. */
            set_cookies: string[];
        };
        /** @description A number of media and their bytes. */
        Amount: {
            /** @description Whether there is more, which was not counted yet. Ask again. */
            and_more?: boolean;
            /**
             * Format: uint64
             * @description The bytes of their files as they were uploaded.
             */
            bytes: number;
            /**
             * Format: uint64
             * @description The number of media.
             */
            media: number;
        };
        /** @description An app's registration, as it is stored and as the API answers it. */
        App: {
            /** @description The app's name. */
            app: components["schemas"]["AppId"];
            /**
             * Format: date-time
             * @description The time of the first registration.
             */
            created_at: string;
            /** @description The formats that the app accepts; without them it accepts all, and those that the platform will learn. */
            formats?: components["schemas"]["UploadFormat"][];
            /**
             * Format: uint32
             * @description The longest grant of a private media to viewers, in seconds.
             * @default 43200
             */
            grant_seconds: number;
            /**
             * @description Fields of media's metadata by whose values media are listed.
             * @default []
             */
            indexed: string[];
            /**
             * @description Whether originals are delivered with their metadata, such as place, device and names.
             * @default false
             */
            keep_original_metadata: boolean;
            /** @description The kinds of media that the app accepts. */
            kinds: components["schemas"]["MediaKind"][];
            /** @description The limits on a single file. */
            limits: components["schemas"]["Limits"];
            /**
             * @description The format of the images of a document's pages.
             * @default jpeg
             */
            page_format: components["schemas"]["PageFormat"];
            /**
             * Format: uint32
             * @description The long side of a page's image, in pixels.
             * @default 1600
             */
            page_size: number;
            /**
             * @description The sizes that the app can request by name.
             * @default {}
             */
            presets: {
                [key: string]: components["schemas"]["Preset"];
            };
            /**
             * @description Whether a large picture gets a preview, from which small sizes are rendered.
             * @default true
             */
            previews: boolean;
            /**
             * @description The limits on everything that the app uploads.
             * @default {
             *       "bytes_per_day": 107374182400,
             *       "files_per_upload": 1000,
             *       "media_per_day": 10000
             *     }
             */
            quotas: components["schemas"]["Quotas"];
            /**
             * @description Whether only the presets and the sizes in `info.json` are rendered.
             * @default false
             */
            sizes_only: boolean;
            /**
             * Format: date-time
             * @description The time of the latest registration.
             */
            updated_at: string;
            /** @description The visibility of an upload that does not choose one. */
            visibility: components["schemas"]["Visibility"];
        };
        /** @description The name of a tenant: `[a-z][a-z0-9-]{1,30}`. */
        AppId: string;
        /** @description The answer to `GET /admin/apps`. */
        AppList: {
            /** @description The names of the apps, 1,000 at most. */
            items: components["schemas"]["AppId"][];
            /** @description Whether there are more apps than are listed. */
            more?: boolean;
        };
        /**
         * @description The file that a media waits for, if the platform brings it.
         *
         *     - `copy`: The copy of another media.
         *     - `fetch`: The file at an address.
         * @enum {string}
         */
        AwaitedFile: "copy" | "fetch";
        /** @description A colour in sRGB, written `#rrggbb`. */
        Background: string;
        /** @description A block as an admin sees it. */
        Block: {
            /** @description Whether more media were suspended than are named. Such a block is lifted by an admin only, because nobody knows when the last of them is restored. */
            and_more?: boolean;
            /** @description The media, in the order in which they were suspended. */
            holders: components["schemas"]["BlockHolder"][];
            /** @description The SHA-256 of the blocked file. */
            sha256: components["schemas"]["Sha256"];
        };
        /** @description A media for which a file's bytes are blocked. */
        BlockHolder: {
            /** @description The tenant. */
            app: components["schemas"]["AppId"];
            /**
             * Format: uint32
             * @description The generation of its suspension.
             */
            generation: number;
            /** @description The media. */
            media: components["schemas"]["MediaId"];
            /**
             * Format: date-time
             * @description The time of the entry.
             */
            since: string;
        };
        /** @description One page of blocks. */
        BlockPage: {
            /** @description The blocks, in the order of their digests. */
            items: components["schemas"]["Block"][];
            /** @description The value of `after=` for the next page. */
            next?: components["schemas"]["Sha256"];
        };
        /** @description Captions that players list. */
        Captions: {
            /** @description Their origin. */
            from: components["schemas"]["CaptionsOrigin"];
            /** @description Their name in `urls.captions`. */
            id: string;
            /** @description Their language. */
            language: components["schemas"]["Language"];
            /** @description The name that players list. */
            name: string;
        };
        /**
         * @description The origin of captions.
         *
         *     - `file`: A track of the file.
         *     - `put`: The app put them.
         * @enum {string}
         */
        CaptionsOrigin: "file" | "put";
        /** @description The body of `POST …/copy`. */
        CopyRequest: {
            /** @description The app that gets the copy; without it the media's own. Only an admin may name another one. */
            app?: components["schemas"]["AppId"] | null;
            /** @description The name of the copy's file, at most 900 bytes of UTF-8; without it the media's. */
            name?: string | null;
            /** @description The visibility of the copy; without it that of the media. */
            visibility?: components["schemas"]["Visibility"] | null;
        };
        /** @description A file that will be uploaded. */
        DeclaredFile: {
            /** @description The text for people who do not see the picture. */
            alt?: string | null;
            /**
             * Format: uint64
             * @description The size of the file. If it is given, the presigned address accepts exactly this size.
             */
            bytes?: number | null;
            /** @description The media type that the presigned address is for, such as `image/jpeg`. What the file is, its bytes say. */
            content_type?: string | null;
            /**
             * Format: date-time
             * @description The time at which the media expires. It deletes itself within an hour after that.
             */
            expires_at?: string | null;
            /**
             * @description Fields of the app's own, with at most 2,048 bytes in all. A name has 1 to 64 of `a-z A-Z 0-9 _ . -`.
             * @default {}
             */
            metadata?: {
                [key: string]: string;
            };
            /** @description The name of the file, at most 900 bytes of UTF-8, each name once. */
            name: string;
            /**
             * @description Words by which the app finds the media, in its order.
             * @default []
             */
            tags?: string[];
            /** @description A title for people. */
            title?: string | null;
        };
        /**
         * Format: uint8
         * @description How many pixels a screen has for each pixel of a page along a side.
         */
        Density: number;
        /** @description The body of `PATCH /apps/{app}/media/{media}`, which is merged into what is said already. */
        DescriptionPatch: {
            /** @description The text for people who do not see the picture. */
            alt?: string | null;
            /**
             * Format: date-time
             * @description The time at which the media expires. It deletes itself within an hour after that; `null` keeps it.
             */
            expires_at?: string | null;
            /** @description Fields of the app's own, with at most 2,048 bytes in all. A name has 1 to 64 of `a-z A-Z 0-9 _ . -`; `null` removes a field. */
            metadata?: {
                [key: string]: string | null;
            } | null;
            /** @description Words by which the app finds the media, in its order. They are replaced as a whole. */
            tags?: string[] | null;
            /** @description A title for people. */
            title?: string | null;
        };
        /** @description The answer to an order: the media that the file becomes. */
        ExpectedMedia: {
            /** @description The app. */
            app: components["schemas"]["AppId"];
            /** @description The file that the media waits for. */
            awaits: components["schemas"]["AwaitedFile"];
            /** @description The media that the file becomes. */
            media: components["schemas"]["MediaId"];
            /** @description Its state: `validating`. */
            state: components["schemas"]["MediaState"];
            /** @description The upload under which the file will come. */
            upload: components["schemas"]["UploadId"];
            /** @description The visibility of the media when it is ready. */
            visibility: components["schemas"]["Visibility"];
        };
        /** @description The stage that gave a media up, and the reason. */
        Failure: {
            /**
             * Format: uint32
             * @description How often it was tried.
             */
            attempts: number;
            /** @description A stable code, for programs. */
            code: string;
            /** @description A message for a person. */
            message: string;
            /** @description The stage. */
            stage: components["schemas"]["Stage"];
        };
        /** @description The name an uploader gave a file: any non-empty UTF-8, kept byte for byte (no normalisation). */
        FileName: string;
        /** @description A point of an upright picture, in shares of its width and height from the left and from the top. */
        Focus: {
            /**
             * Format: double
             * @description A share of the width, from the left.
             */
            x: number;
            /**
             * Format: double
             * @description A share of the height, from the top.
             */
            y: number;
        };
        /** @description The answer: what is set now. */
        FocusAnswer: {
            /** @description The tenant. */
            app: components["schemas"]["AppId"];
            /** @description The point; absent if none is set. */
            focus?: components["schemas"]["Focus"];
            /** @description The media. */
            media: components["schemas"]["MediaId"];
        };
        /** @description The body of `POST …/focus`: a point, or nothing to forget the one that is set. */
        FocusRequest: {
            /**
             * Format: double
             * @description A share of the width, from the left.
             */
            x?: number | null;
            /**
             * Format: double
             * @description A share of the height, from the top.
             */
            y?: number | null;
        };
        /** @description An answer that API Gateway gives by itself. */
        GatewayMessage: {
            /** @description What API Gateway says. */
            message?: string;
        };
        /** @description A declared file: its place in the bucket, and the media that it becomes. */
        GrantedFile: {
            /** @description The key in the bucket. */
            key: string;
            /** @description The media that the file becomes. */
            media: components["schemas"]["MediaId"];
            /** @description The name, as it was declared. */
            name: string;
            /** @description The request that puts the file without an SDK. */
            put: components["schemas"]["PresignedPut"];
        };
        /**
         * @description The form in which viewers carry a grant.
         *
         *     - `url`: URL parameters: whoever has the URL has access.
         *     - `cookies`: Cookies: URLs stay unchanged, but the page and the CDN must share a domain (`DomainName` in the template).
         * @enum {string}
         */
        GrantForm: "url" | "cookies";
        /** @description The body of `POST /apps/{app}/media/{media}/grants`. */
        GrantRequest: {
            /** @description How viewers carry the grant. */
            as: components["schemas"]["GrantForm"];
            /**
             * Format: uint32
             * @description Seconds from now, at most the longest grant of the platform: 12 hours, unless `MaxGrantSeconds` says otherwise. The app's `grant_seconds` lowers that.
             */
            expires_in: number;
            /** @description The IPv4 address or range that the viewer must come from, such as `192.0.2.0/24`, /8 at the widest. */
            ip?: string | null;
            /**
             * Format: uint32
             * @description Seconds from now before which the grant opens nothing; fewer than `expires_in`.
             */
            starts_in?: number | null;
        };
        /** @description An event in the history of a media. */
        HistoryEvent: {
            /**
             * Format: date-time
             * @description The time of the event.
             */
            at: string;
            /** @description The actor: a stage, or the IAM identity of a caller. */
            by: string;
            /** @description A detail, such as a reason or a version. */
            note?: string;
            /**
             * Format: uint32
             * @description The number of the event among those that the app is told about, if it is one of them; the first is 1.
             */
            seq?: number;
            /** @description The kind of event. */
            what: components["schemas"]["HistoryEventKind"];
        };
        /**
         * @description The kinds of events that are recorded.
         *
         *     - `validating`: The media was first seen, or is judged anew after a rejection.
         *     - `accepted`: The file was judged good, and the media bound to the version in the note.
         *     - `rejected`: The file was judged bad, for the reason in the note.
         *     - `ready`: The media was published.
         *     - `failed`: The media was given up, for the reason in the note.
         *     - `superseded`: A later upload under the same name was ignored; the note has its version.
         *     - `collided`: Another file name of the same upload has the same id, and was refused.
         *     - `suspending`: A suspension was requested, for the reason in the note.
         *     - `reason_changed`: The reason of a suspension was changed to the one in the note.
         *     - `suspended`: The media was withdrawn everywhere.
         *     - `restoring`: A restore was requested.
         *     - `restored`: The media was restored.
         *     - `moving`: A change to the visibility in the note was requested.
         *     - `moved`: The visibility was changed.
         *     - `captions_put`: Captions in the language in the note were put.
         *     - `captions_removed`: Captions in the language in the note were taken away.
         *     - `updated`: The change of the captions was delivered.
         *     - `retried`: A retry of the failed work was requested.
         *     - `deleting`: The deletion was requested; or the media has expired, as the note says then.
         *     - `deleted`: The media was deleted.
         * @enum {string}
         */
        HistoryEventKind: "validating" | "accepted" | "rejected" | "ready" | "failed" | "superseded" | "collided" | "suspending" | "reason_changed" | "suspended" | "restoring" | "restored" | "moving" | "moved" | "captions_put" | "captions_removed" | "updated" | "retried" | "deleting" | "deleted";
        /** @description The name of a webhook: `[a-z][a-z0-9-]{0,30}`. */
        HookName: string;
        /**
         * @description A format that an image can be answered in.
         *
         *     - `jpg`: JPEG.
         *     - `png`: PNG.
         *     - `webp`: WebP.
         *     - `avif`: AVIF.
         *     - `gif`: GIF.
         * @enum {string}
         */
        ImageFormat: "jpg" | "png" | "webp" | "avif" | "gif";
        /** @description How many media were indexed. */
        IndexedPage: {
            /**
             * Format: uint
             * @description Those of them whose entries were not up to date, and are now.
             */
            changed: number;
            /**
             * Format: uint
             * @description The media that were looked at.
             */
            looked_at: number;
            /** @description The value of `after` for the next call; absent at the end. */
            next?: components["schemas"]["MediaId"];
        };
        /** @description The body of `POST /admin/apps/{app}/index`. */
        IndexRequest: {
            /** @description Continues after this media. */
            after?: string | null;
        };
        /** @description The body of `POST /apps/{app}/ingest`. */
        IngestRequest: {
            /** @description The text for people who do not see the picture. */
            alt?: string | null;
            /**
             * Format: date-time
             * @description The time at which the media expires. It deletes itself within an hour after that.
             */
            expires_at?: string | null;
            /**
             * @description Fields of the app's own, with at most 2,048 bytes in all. A name has 1 to 64 of `a-z A-Z 0-9 _ . -`.
             * @default {}
             */
            metadata?: {
                [key: string]: string;
            };
            /** @description The name of the file, at most 900 bytes of UTF-8; without it the end of the address's path. */
            name?: string | null;
            /**
             * @description Words by which the app finds the media, in its order.
             * @default []
             */
            tags?: string[];
            /** @description A title for people. */
            title?: string | null;
            /** @description The address of the file: https, without a user's name or a password, on the public internet. Redirects are not followed. */
            url: string;
            /** @description The visibility of the media; without it as the app is registered. */
            visibility?: components["schemas"]["Visibility"] | null;
        };
        /** @description A language tag (BCP 47) such as `de`, `pt-BR` or `zh-Hant`, without extensions; `und` stands for none. */
        Language: string;
        /** @description A track of audio or video that is not played. */
        LeftOutTrack: {
            /** @description The codec: FFmpeg's name, or the common name if FFmpeg does not decode it. */
            codec: string;
            /** @description The type of the track. */
            kind: components["schemas"]["TrackKind"];
            /** @description The reason why it is not played, for a person. */
            message: string;
            /**
             * Format: uint16
             * @description The number of the track among those of its type in the file, from 1.
             */
            number: number;
            /** @description The reason why it is not played. */
            reason: components["schemas"]["WhyLeftOut"];
        };
        /** @description The limits on a single file: the platform's, or an app's lower ones. */
        Limits: {
            /**
             * Format: uint64
             * @description The bytes of an audio or video file.
             * @default 21474836480
             */
            av_bytes: number;
            /**
             * Format: uint64
             * @description The duration of an audio or video file, in seconds.
             * @default 14400
             */
            av_seconds: number;
            /**
             * Format: uint64
             * @description The bytes of an image.
             * @default 104857600
             */
            image_bytes: number;
            /**
             * Format: uint32
             * @description The frames of an animated image.
             * @default 300
             */
            image_frames: number;
            /**
             * Format: uint64
             * @description The pixels of an image: width × height × frames.
             * @default 100000000
             */
            image_pixels: number;
            /**
             * Format: uint64
             * @description The bytes of a PDF.
             * @default 524288000
             */
            pdf_bytes: number;
            /**
             * Format: uint16
             * @description The pages of a PDF.
             * @default 2000
             */
            pdf_pages: number;
        };
        /** @description The most that is accepted of one file, within the platform's limits. */
        LimitsRequest: {
            /**
             * Format: uint64
             * @description The bytes of audio or video; 21,474,836,480 by default.
             */
            av_bytes?: number | null;
            /**
             * Format: uint64
             * @description The seconds of audio or video; 14,400 by default.
             */
            av_seconds?: number | null;
            /**
             * Format: uint64
             * @description The bytes of an image; the platform accepts 104,857,600 by default.
             */
            image_bytes?: number | null;
            /**
             * Format: uint32
             * @description The frames of an animation; 300 by default.
             */
            image_frames?: number | null;
            /**
             * Format: uint64
             * @description The pixels of an image, all frames together; 100,000,000 by default.
             */
            image_pixels?: number | null;
            /**
             * Format: uint64
             * @description The bytes of a PDF; 524,288,000 by default.
             */
            pdf_bytes?: number | null;
            /**
             * Format: uint16
             * @description The pages of a PDF; 2,000 by default.
             */
            pdf_pages?: number | null;
        };
        /** @description A media in an answer. Fields that do not apply are absent. */
        Media: {
            /** @description The text for people who do not see the picture. */
            alt?: string;
            /** @description The app. */
            app: components["schemas"]["AppId"];
            /** @description The file that the media waits for, if the platform brings it; absent once the file was judged, and if an uploader brings it. */
            awaits?: components["schemas"]["AwaitedFile"];
            /** @description Pages that could not be read, and have no image. */
            broken_pages?: components["schemas"]["PageNumber"][];
            /**
             * Format: uint64
             * @description The size of the file as it was uploaded.
             */
            bytes?: number;
            /** @description Captions of audio or video, in the order in which players list them. */
            captions?: components["schemas"]["Captions"][];
            /** @description The media type of the delivered original. */
            content_type?: string;
            /**
             * Format: date-time
             * @description The time at which it was first seen.
             */
            created_at: string;
            /**
             * Format: double
             * @description The duration of audio and video.
             */
            duration_seconds?: number;
            /**
             * Format: date-time
             * @description The time at which it expires.
             */
            expires_at?: string;
            /** @description The stage that gave it up, and the reason. */
            failure?: components["schemas"]["Failure"];
            /** @description The name of the file as it was uploaded; absent once the media is deleted. */
            file_name?: components["schemas"]["FileName"];
            /** @description The point of the picture that stays in sight when it is cut. */
            focus?: components["schemas"]["Focus"];
            /**
             * Format: uint32
             * @description The frames of an animation.
             */
            frames?: number;
            /**
             * Format: uint32
             * @description A number that grows with every suspend, restore, move, retry, delete and change of captions, and when a rejected file is put again.
             */
            generation: number;
            /**
             * Format: uint32
             * @description The height in pixels as displayed.
             */
            height?: number;
            /** @description The latest events, oldest first, 50 at most. */
            history: components["schemas"]["HistoryEvent"][];
            /** @description The kind of the file. */
            kind?: components["schemas"]["MediaKind"];
            /** @description Tracks of audio or video that are not played. */
            left_out?: components["schemas"]["LeftOutTrack"][];
            /** @description The media's id. */
            media: components["schemas"]["MediaId"];
            /** @description Fields of the app's own, with at most 2,048 bytes in all. A name has 1 to 64 of `a-z A-Z 0-9 _ . -`. */
            metadata?: {
                [key: string]: string;
            };
            /**
             * Format: uint16
             * @description The pages of a document.
             */
            pages?: number;
            /**
             * Format: uint32
             * @description The number of pictures in the upload, if there are several; the first is delivered.
             */
            pictures?: number;
            /** @description The placeholder that is shown until the picture is loaded. */
            placeholder?: components["schemas"]["Placeholder"];
            /**
             * Format: double
             * @description The time in seconds of the poster that the app chose, once it is in place.
             */
            poster_at?: number;
            /** @description The progress of its stage. */
            progress?: components["schemas"]["Progress"];
            /** @description The reason why the file was refused. */
            rejection?: components["schemas"]["Rejection"];
            /** @description The SHA-256 of the file as it was uploaded. PDFs, audio and video have it once they were read whole. */
            sha256?: components["schemas"]["Sha256"];
            /** @description The media type of the upload, if the original was made of it. */
            source_type?: string;
            /** @description Its state. While it is `ready` or `updating` it is delivered. */
            state: components["schemas"]["MediaState"];
            /** @description The suspension, with its reason. */
            suspension?: components["schemas"]["Suspension"];
            /** @description Words by which the app finds the media, each once, in the app's order. */
            tags?: string[];
            /** @description A title for people. */
            title?: string;
            /**
             * Format: date-time
             * @description The time at which it last changed.
             */
            updated_at: string;
            /** @description The upload that the file came with. */
            upload: components["schemas"]["UploadId"];
            /** @description The addresses at which it is delivered; only while it is `ready` or `updating`. */
            urls?: components["schemas"]["MediaUrls"];
            /** @description Its visibility. */
            visibility: components["schemas"]["Visibility"];
            /**
             * Format: uint32
             * @description The width in pixels as displayed.
             */
            width?: number;
        };
        /** @description The answer: all that is said now. */
        MediaDescription: {
            /** @description The text for people who do not see the picture. */
            alt?: string;
            /** @description The tenant. */
            app: components["schemas"]["AppId"];
            /**
             * Format: date-time
             * @description The time at which the media expires.
             */
            expires_at?: string;
            /** @description The media. */
            media: components["schemas"]["MediaId"];
            /** @description Fields of the app's own, with at most 2,048 bytes in all. A name has 1 to 64 of `a-z A-Z 0-9 _ . -`. */
            metadata?: {
                [key: string]: string;
            };
            /** @description Words by which the app finds the media, each once, in the app's order. */
            tags?: string[];
            /** @description A title for people. */
            title?: string;
        };
        /** @description The id of one uploaded file: `{upload}-{13 characters}`. The 13 characters are the first 65 bits of SHA-256 over the exact bytes of the file name, in base 32. */
        MediaId: string;
        /**
         * @description The four kinds of media.
         *
         *     - `image`: A still or animated picture.
         *     - `pdf`: A document that is split into pages.
         *     - `audio`: Sound without a moving picture.
         *     - `video`: A moving picture, with or without sound.
         * @enum {string}
         */
        MediaKind: "image" | "pdf" | "audio" | "video";
        /** @description One page of a list. */
        MediaPage: {
            /** @description The media, 100 at most. There may be fewer, or none, although there is a `next`. */
            items: components["schemas"]["Media"][];
            /** @description The value of `after=` for the next page; absent at the end of the list. */
            next?: string;
        };
        /**
         * @description The state of a media.
         *
         *     - `validating`: An upload was seen but not judged; the media is not bound to a version of it.
         *     - `processing`: The upload was judged good and the media is bound to its version; not everything is published yet.
         *     - `ready`: Everything is published.
         *     - `rejected`: The upload was judged bad; a new version of it is judged anew.
         *     - `failed`: A stage gave the media up; it waits for a retry.
         *     - `suspending`: The media is being withdrawn.
         *     - `suspended`: The media is withdrawn.
         *     - `restoring`: The media is being published again after a suspension.
         *     - `moving`: The media's visibility is being changed.
         *     - `updating`: The media stays published, and its captions are being changed.
         *     - `deleting`: The media is being erased.
         *     - `deleted`: The media is erased; the record is a tombstone.
         * @enum {string}
         */
        MediaState: "validating" | "processing" | "ready" | "rejected" | "failed" | "suspending" | "suspended" | "restoring" | "moving" | "updating" | "deleting" | "deleted";
        /** @description The addresses at which it is delivered. */
        MediaUrls: {
            /** @description Captions as WebVTT, by their ids. */
            captions?: {
                [key: string]: string;
            };
            /** @description The original, or of audio and video its one file, which a browser saves under the file's own name. */
            download: string;
            /** @description The playlist of all sizes of audio and video. */
            hls?: string;
            /** @description The base URI of the IIIF Image API for an image. */
            iiif?: string;
            /** @description Audio in one file. */
            m4a?: string;
            /** @description The IIIF Presentation manifest of a document. */
            manifest?: string;
            /** @description A video in one file. */
            mp4?: string;
            /** @description The original; of audio and video only where the app keeps originals. */
            original?: string;
            /** @description A film's poster. */
            poster?: string;
            /** @description WebVTT that names a small picture for each span of a film. */
            storyboard?: string;
            /** @description Addresses by preset, in the format that suits the viewer. */
            thumbs?: {
                [key: string]: string;
            };
        };
        /** @description An SQS message id that is safe as a segment of a key: up to 100 characters of a-z, A-Z, 0-9 and hyphen. (SQS documents up to 100 characters and gives UUIDs.) */
        MessageId: string;
        /** @description One page of messages. */
        MessagePage: {
            /** @description The messages, in the order of their ids. */
            items: components["schemas"]["UnclaimedMessage"][];
            /** @description The value of `after=` for the next page. */
            next?: components["schemas"]["MessageId"];
        };
        /** @description The credentials again, spelled both as AWS and as JavaScript do. */
        NestedCredentials: {
            /** @description The access key id, which is public. */
            accessKeyId: string;
            /** @description The access key id, which is public. */
            AccessKeyId: string;
            /**
             * Format: date-time
             * @description The time at which the credentials expire.
             */
            expiration: string;
            /**
             * Format: date-time
             * @description The time at which the credentials expire.
             */
            Expiration: string;
            /** @description The secret key. */
            secretAccessKey: string;
            /** @description The secret key. */
            SecretAccessKey: string;
            /** @description The token that is sent with every request. */
            sessionToken: string;
            /** @description The token that is sent with every request. */
            SessionToken: string;
        };
        /** @description The answer to an order: the current state of the media. */
        OperationStatus: {
            /** @description The tenant. */
            app: components["schemas"]["AppId"];
            /**
             * Format: uint32
             * @description Its generation.
             */
            generation: number;
            /** @description The media. */
            media: components["schemas"]["MediaId"];
            /** @description Its state. */
            state: components["schemas"]["MediaState"];
        };
        /**
         * @description The format of a page's image.
         *
         *     - `jpeg`: The fastest to encode; every browser shows it.
         *     - `webp`: Smaller, and slower to encode.
         * @enum {string}
         */
        PageFormat: "jpeg" | "webp";
        /**
         * Format: uint16
         * @description A page's number in its document, from 1 to 9,999. It is written with four digits in keys, so that they sort.
         */
        PageNumber: number;
        /** @description A placeholder of a picture: so small that it fits into the answer that names the picture. */
        Placeholder: {
            /** @description The colour that most of the picture has, as CSS writes it: `#rrggbb`. */
            color: string;
            /** @description A ThumbHash in base64: <https://evanw.github.io/thumbhash/>. */
            thumbhash: string;
        };
        /** @description The answer: what was chosen. */
        PosterAnswer: {
            /** @description The tenant. */
            app: components["schemas"]["AppId"];
            /**
             * Format: double
             * @description The time of the film in seconds.
             */
            at: number;
            /** @description The media. */
            media: components["schemas"]["MediaId"];
        };
        /** @description The body of `POST …/poster`: a time of the film in seconds. */
        PosterRequest: {
            /**
             * Format: double
             * @description A time of the film in seconds, not after its end.
             */
            at: number;
        };
        /** @description A preset as it is stored and as the API answers it. */
        Preset: {
            /** @description The colour under transparent parts. Without one they stay transparent, and are white in JPEG. */
            background?: components["schemas"]["Background"];
            /**
             * Format: uint8
             * @description The standard deviation of the Gaussian by which the image is blurred, in pixels of the registered size; 0 is none.
             */
            blur?: number;
            /** @description The greatest density at which it is offered: 2 has addresses for twice the size, too. */
            dpr?: components["schemas"]["Density"];
            /** @description Whether its thumbnails are wanted before anybody asks for one (`Self::is_made_ahead`). */
            eager?: boolean;
            /** @description The way in which the image is fitted to the size. */
            fit: components["schemas"]["PresetFit"];
            /** @description The formats offered, best first. `auto` gives the first one that the viewer accepts, or the last one if it accepts none. */
            formats: components["schemas"]["ImageFormat"][];
            /** @description The part that stays in the image when it is cut, which the fit `cover` does. */
            gravity?: components["schemas"]["PresetGravity"];
            /**
             * Format: uint32
             * @description The height in pixels.
             */
            height: number;
            /**
             * Format: uint8
             * @description The quality, 1 to 100 on each encoder's own scale; without one the platform chooses.
             */
            quality?: number;
            /** @description The watermark that is drawn over the image. */
            watermark?: components["schemas"]["Watermark"];
            /**
             * Format: uint32
             * @description The width in pixels.
             */
            width: number;
        };
        /**
         * @description The way in which an image is fitted to a preset's size.
         *
         *     - `inside`: The whole image in its own proportions, within the size; never enlarged.
         *     - `cover`: Exactly this size, filled. The surplus on one side is cut off equally at both ends.
         *     - `exact`: Exactly this size. The whole image is stretched to it, whatever its proportions.
         * @enum {string}
         */
        PresetFit: "inside" | "cover" | "exact";
        /**
         * @description The part that stays in an image that is cut.
         *
         *     - `center`: The middle.
         *     - `auto`: The part that people look at: what stands out by contrast, by colour, or by being like skin.
         * @enum {string}
         */
        PresetGravity: "center" | "auto";
        /** @description A preset in a registration; fields that are left out take their defaults. */
        PresetRequest: {
            /** @description The colour under transparent parts, as `#rrggbb`. */
            background?: string | null;
            /**
             * Format: uint8
             * @description The standard deviation of a Gaussian blur, in pixels of this size.
             */
            blur?: number | null;
            /**
             * Format: uint8
             * @description The greatest density at which the preset is offered. No answer is larger than 4,096 pixels along a side.
             */
            dpr?: number | null;
            /** @description Whether thumbnails of pictures are made when they come in; without it they are made when they are asked for. */
            eager?: boolean | null;
            /** @description How the image is fitted to the size; without it `inside`. */
            fit?: components["schemas"]["PresetFit"] | null;
            /** @description The formats that are offered; without them all three. */
            formats?: ("avif" | "webp" | "jpg")[] | null;
            /** @description The part that stays in the image when the fit `cover` cuts it; without it `center`. */
            gravity?: components["schemas"]["PresetGravity"] | null;
            /**
             * Format: uint32
             * @description The height in pixels. It is required.
             */
            height: number;
            /**
             * Format: uint8
             * @description The quality on each encoder's own scale; without it the platform chooses.
             */
            quality?: number | null;
            /** @description The watermark that is drawn over the image. */
            watermark?: components["schemas"]["WatermarkRequest"] | null;
            /**
             * Format: uint32
             * @description The width in pixels. It is required.
             */
            width: number;
        };
        /** @description A presigned `PUT`: the client needs no credentials of its own. */
        PresignedPut: {
            /** @description Headers that must be sent with exactly these values, in addition to those that every client sends. */
            headers: {
                [key: string]: string;
            };
            /** @description The presigned URL. */
            url: string;
        };
        /** @description A problem document, which a caller gets instead of an answer. */
        Problem: {
            /** @description A stable code, for programs. */
            code: string;
            /** @description The details: what to change. */
            detail: string;
            /** @description The field of the body or query that is wrong, such as `files[0].name`. */
            field?: string;
            /**
             * Format: uint32
             * @description The seconds after which the caller may try again, if waiting helps. It is also in the header `Retry-After`.
             */
            retry_after_seconds?: number;
            /**
             * Format: uint16
             * @description The HTTP status.
             */
            status: number;
            /** @description A title, the same for every problem with this code. */
            title: string;
        };
        /** @description A number of parts out of the whole. */
        Progress: {
            /**
             * Format: uint32
             * @description Pages of a document, or seconds of audio or video, that are done.
             */
            done: number;
            /**
             * Format: uint32
             * @description All of them.
             */
            total: number;
        };
        /** @description The limits on everything that an app uploads: the platform's, or an app's lower ones. Only accepted files count. */
        Quotas: {
            /**
             * Format: uint64
             * @description The bytes of the media in a day, as they were uploaded.
             */
            bytes_per_day: number;
            /**
             * Format: uint32
             * @description The files in one upload.
             */
            files_per_upload: number;
            /**
             * Format: uint32
             * @description The media in a day, which begins at midnight UTC.
             */
            media_per_day: number;
        };
        /** @description How much is accepted, within the platform's quotas. */
        QuotasRequest: {
            /**
             * Format: uint64
             * @description The bytes of the media of a day; 107,374,182,400 by default.
             */
            bytes_per_day?: number | null;
            /**
             * Format: uint32
             * @description The files of one upload; 1,000 by default.
             */
            files_per_upload?: number | null;
            /**
             * Format: uint32
             * @description The media of a day, which begins at midnight UTC; 10,000 by default.
             */
            media_per_day?: number | null;
        };
        /** @description The answer to `PUT` and `PATCH /admin/apps/{app}`. */
        RegisteredApp: {
            /** @description The app's name. */
            app: components["schemas"]["AppId"];
            /**
             * Format: date-time
             * @description The time of the first registration.
             */
            created_at: string;
            /** @description The formats that the app accepts; without them it accepts all, and those that the platform will learn. */
            formats?: components["schemas"]["UploadFormat"][];
            /**
             * Format: uint32
             * @description The longest grant of a private media to viewers, in seconds.
             * @default 43200
             */
            grant_seconds: number;
            /**
             * @description Fields of media's metadata by whose values media are listed.
             * @default []
             */
            indexed: string[];
            /**
             * @description Whether originals are delivered with their metadata, such as place, device and names.
             * @default false
             */
            keep_original_metadata: boolean;
            /** @description The kinds of media that the app accepts. */
            kinds: components["schemas"]["MediaKind"][];
            /** @description The limits on a single file. */
            limits: components["schemas"]["Limits"];
            /**
             * @description The format of the images of a document's pages.
             * @default jpeg
             */
            page_format: components["schemas"]["PageFormat"];
            /**
             * Format: uint32
             * @description The long side of a page's image, in pixels.
             * @default 1600
             */
            page_size: number;
            /**
             * @description The sizes that the app can request by name.
             * @default {}
             */
            presets: {
                [key: string]: components["schemas"]["Preset"];
            };
            /**
             * @description Whether a large picture gets a preview, from which small sizes are rendered.
             * @default true
             */
            previews: boolean;
            /**
             * @description The limits on everything that the app uploads.
             * @default {
             *       "bytes_per_day": 107374182400,
             *       "files_per_upload": 1000,
             *       "media_per_day": 10000
             *     }
             */
            quotas: components["schemas"]["Quotas"];
            /** @description The fields that were reset to their defaults because the body of a `PUT` did not name them. */
            reset?: string[];
            /**
             * @description Whether only the presets and the sizes in `info.json` are rendered.
             * @default false
             */
            sizes_only: boolean;
            /**
             * Format: date-time
             * @description The time of the latest registration.
             */
            updated_at: string;
            /** @description The visibility of an upload that does not choose one. */
            visibility: components["schemas"]["Visibility"];
        };
        /** @description The body of `PUT /admin/apps/{app}`. Omitted fields take their defaults. */
        Registration: {
            /** @description The formats that are accepted, of the `kinds`. Without them all are, and those that later versions accept. */
            formats?: components["schemas"]["UploadFormat"][] | null;
            /**
             * Format: uint32
             * @description The longest grant of a private media, in seconds, within the platform's `MaxGrantSeconds`.
             */
            grant_seconds?: number | null;
            /** @description Fields of media's metadata by whose values media can be listed. After a change, order that the app's media are indexed anew. */
            indexed?: string[] | null;
            /** @description Whether originals are delivered with the metadata that they came with, and originals of audio and video at all; without it `false`. */
            keep_original_metadata?: boolean | null;
            /** @description The kinds of media that are accepted. Without them all are. */
            kinds?: components["schemas"]["MediaKind"][] | null;
            /** @description The most that is accepted of one file, within the platform's limits. */
            limits?: components["schemas"]["LimitsRequest"] | null;
            /** @description The format of the pages of documents; without it `jpeg`. */
            page_format?: components["schemas"]["PageFormat"] | null;
            /**
             * Format: uint32
             * @description The long side of a page of a document, in pixels.
             * @default 1600
             */
            page_size?: number | null;
            /** @description Sizes that are asked for by name, 50 at most. */
            presets?: {
                [key: string]: components["schemas"]["PresetRequest"];
            } | null;
            /** @description Whether large pictures get a preview, from which small sizes are rendered; without it `true`. */
            previews?: boolean | null;
            /** @description How much is accepted, within the platform's quotas. */
            quotas?: components["schemas"]["QuotasRequest"] | null;
            /** @description Whether nothing is rendered but presets and the sizes in `info.json`; without it `false`. */
            sizes_only?: boolean | null;
            /** @description The visibility of uploads that do not say; without it `public`. */
            visibility?: components["schemas"]["Visibility"] | null;
        };
        /** @description The body of `PUT /admin/apps/{app}`. Omitted fields take their defaults. */
        RegistrationPatch: {
            /** @description The formats that are accepted, of the `kinds`. Without them all are, and those that later versions accept. */
            formats?: ("jpeg" | "png" | "webp" | "gif" | "avif" | "pdf" | "mp4" | "m4a" | "mov" | "matroska" | "webm" | "avi" | "mpegts" | "mp3" | "wav" | "flac" | "ogg" | "bmp" | "tiff" | "heic" | "svg")[] | null;
            /**
             * Format: uint32
             * @description The longest grant of a private media, in seconds, within the platform's `MaxGrantSeconds`.
             */
            grant_seconds?: number | null;
            /** @description Fields of media's metadata by whose values media can be listed. After a change, order that the app's media are indexed anew. */
            indexed?: string[] | null;
            /** @description Whether originals are delivered with the metadata that they came with, and originals of audio and video at all; without it `false`. */
            keep_original_metadata?: boolean | null;
            /** @description The kinds of media that are accepted. Without them all are. */
            kinds?: ("image" | "pdf" | "audio" | "video")[] | null;
            /** @description The most that is accepted of one file, within the platform's limits. */
            limits?: {
                /**
                 * Format: uint64
                 * @description The bytes of audio or video; 21,474,836,480 by default.
                 */
                av_bytes?: number | null;
                /**
                 * Format: uint64
                 * @description The seconds of audio or video; 14,400 by default.
                 */
                av_seconds?: number | null;
                /**
                 * Format: uint64
                 * @description The bytes of an image; the platform accepts 104,857,600 by default.
                 */
                image_bytes?: number | null;
                /**
                 * Format: uint32
                 * @description The frames of an animation; 300 by default.
                 */
                image_frames?: number | null;
                /**
                 * Format: uint64
                 * @description The pixels of an image, all frames together; 100,000,000 by default.
                 */
                image_pixels?: number | null;
                /**
                 * Format: uint64
                 * @description The bytes of a PDF; 524,288,000 by default.
                 */
                pdf_bytes?: number | null;
                /**
                 * Format: uint16
                 * @description The pages of a PDF; 2,000 by default.
                 */
                pdf_pages?: number | null;
            } | null;
            /** @description The format of the pages of documents; without it `jpeg`. */
            page_format?: ("jpeg" | "webp") | null;
            /**
             * Format: uint32
             * @description The long side of a page of a document, in pixels.
             */
            page_size?: number | null;
            /** @description Sizes that are asked for by name, 50 at most. */
            presets?: {
                [key: string]: {
                    /** @description The colour under transparent parts, as `#rrggbb`. */
                    background?: string | null;
                    /**
                     * Format: uint8
                     * @description The standard deviation of a Gaussian blur, in pixels of this size.
                     */
                    blur?: number | null;
                    /**
                     * Format: uint8
                     * @description The greatest density at which the preset is offered. No answer is larger than 4,096 pixels along a side.
                     */
                    dpr?: number | null;
                    /** @description Whether thumbnails of pictures are made when they come in; without it they are made when they are asked for. */
                    eager?: boolean | null;
                    /** @description How the image is fitted to the size; without it `inside`. */
                    fit?: ("inside" | "cover" | "exact") | null;
                    /** @description The formats that are offered; without them all three. */
                    formats?: ("avif" | "webp" | "jpg")[] | null;
                    /** @description The part that stays in the image when the fit `cover` cuts it; without it `center`. */
                    gravity?: ("center" | "auto") | null;
                    /**
                     * Format: uint32
                     * @description The height in pixels. It is required.
                     */
                    height?: number | null;
                    /**
                     * Format: uint8
                     * @description The quality on each encoder's own scale; without it the platform chooses.
                     */
                    quality?: number | null;
                    /** @description The watermark that is drawn over the image. */
                    watermark?: {
                        /** @description A ready image of this app, of at most 1 MiB and 4,000,000 pixels. */
                        media?: string | null;
                        /**
                         * Format: uint8
                         * @description How much of what is below it covers, in percent; without it 100.
                         */
                        opacity?: number | null;
                        /** @description The place of the watermark in the image; without it `bottom-right`. */
                        position?: ("top-left" | "top" | "top-right" | "left" | "center" | "right" | "bottom-left" | "bottom" | "bottom-right") | null;
                        /**
                         * Format: uint8
                         * @description The most that it takes of the width and of the height, in percent; without it 25.
                         */
                        scale?: number | null;
                    } | null;
                    /**
                     * Format: uint32
                     * @description The width in pixels. It is required.
                     */
                    width?: number | null;
                } | null;
            } | null;
            /** @description Whether large pictures get a preview, from which small sizes are rendered; without it `true`. */
            previews?: boolean | null;
            /** @description How much is accepted, within the platform's quotas. */
            quotas?: {
                /**
                 * Format: uint64
                 * @description The bytes of the media of a day; 107,374,182,400 by default.
                 */
                bytes_per_day?: number | null;
                /**
                 * Format: uint32
                 * @description The files of one upload; 1,000 by default.
                 */
                files_per_upload?: number | null;
                /**
                 * Format: uint32
                 * @description The media of a day, which begins at midnight UTC; 10,000 by default.
                 */
                media_per_day?: number | null;
            } | null;
            /** @description Whether nothing is rendered but presets and the sizes in `info.json`; without it `false`. */
            sizes_only?: boolean | null;
            /** @description The visibility of uploads that do not say; without it `public`. */
            visibility?: ("public" | "private") | null;
        };
        /** @description A reason as it is stored and as the API answers it. */
        Rejection: {
            /** @description A stable code, for programs. */
            code: string;
            /** @description A message for the uploader. */
            message: string;
        };
        /** @description The body of `POST /admin/apps/{app}/webhooks/{name}/resend`. */
        ResendSince: {
            /**
             * Format: date-time
             * @description Events that happened at this time or later are sent again.
             */
            since: string;
            /**
             * @description Whether those that were delivered are left out; without it `false`.
             * @default false
             */
            undelivered?: boolean;
        };
        /** @description A media that failed. */
        RetriedMedia: {
            /** @description The code of its failure. */
            code: string;
            /** @description The media. */
            media: components["schemas"]["MediaId"];
            /** @description The stage that gave it up. */
            stage: components["schemas"]["Stage"];
        };
        /** @description The media that are retried, or would be. */
        RetriedPage: {
            /** @description The media of this page that have failed. */
            items: components["schemas"]["RetriedMedia"][];
            /** @description The value of `after` for the next page. */
            next?: components["schemas"]["MediaId"];
        };
        /** @description The body of `POST /admin/apps/{app}/retry`. */
        RetryRequest: {
            /** @description Continues after this media. */
            after?: string | null;
            /** @description Retries only media that failed with this code. */
            code?: string | null;
            /** @description Only reports which media would be retried. */
            dry_run?: boolean | null;
        };
        /** @description The SHA-256 of a file as it was uploaded, in 64 lower-case hexadecimal digits. Two different files with the same one cannot be made, so nobody can have a stranger's file blocked by a file of their own. */
        Sha256: string;
        /**
         * @description The stages in which a message can fail.
         *
         *     - `validate-upload`: Validates an upload, and publishes it or hands it to the stage for its kind.
         *     - `split-pdf`: Splits a PDF into its pages.
         *     - `transcode-media`: Transcodes audio or video into forms that every browser plays.
         *     - `finish-transcode`: Publishes the output of the transcoding service.
         *     - `run-operation`: Performs the operations that admins and apps request on existing media.
         *     - `invalidate-cache`: Invalidates the CDN's copies.
         *     - `fetch-remote`: Fetches a file from an address.
         * @enum {string}
         */
        Stage: "validate-upload" | "split-pdf" | "transcode-media" | "finish-transcode" | "run-operation" | "invalidate-cache" | "fetch-remote";
        /** @description A number of stored media and their bytes. */
        StoredAmount: {
            /**
             * Format: date-time
             * @description The time up to which media that came and went are counted. It is now, except after many changes at once: then ask again.
             */
            as_of: string;
            /**
             * Format: uint64
             * @description The bytes of their files as they were uploaded. What is made of them is not counted.
             */
            bytes: number;
            /**
             * Format: uint64
             * @description The number of media, from their acceptance to their deletion.
             */
            media: number;
        };
        /**
         * @description The reasons for a suspension.
         *
         *     - `legal`: An authority demands it. The media must not be deleted.
         *     - `abuse`: The media breaks the rules.
         *     - `other`: Any other reason.
         * @enum {string}
         */
        SuspendReason: "legal" | "abuse" | "other";
        /** @description The reason for a suspension, and who demands it. */
        SuspendRequest: {
            /** @description The http or https address of the authority that demands the suspension (RFC 7725), with the reason `legal` only. */
            blocked_by?: string | null;
            /** @description A note for colleagues; never shown to viewers. */
            note?: string | null;
            /** @description The reason. */
            reason: components["schemas"]["SuspendReason"];
        };
        /** @description A suspension, as it is answered. */
        Suspension: {
            /** @description The address of the authority that demands it. */
            blocked_by?: string;
            /**
             * Format: date-time
             * @description The time at which the CDN confirmed that it forgot the media.
             */
            invalidated_at?: string;
            /** @description A note for colleagues, which only admins see. */
            note?: string;
            /** @description The reason. */
            reason: components["schemas"]["SuspendReason"];
        };
        /**
         * @description The type of a track.
         *
         *     - `picture`: A moving picture.
         *     - `sound`: Sound.
         *     - `captions`: Captions.
         * @enum {string}
         */
        TrackKind: "picture" | "sound" | "captions";
        /** @description A message as an admin sees it. */
        UnclaimedMessage: {
            /**
             * Format: uint32
             * @description How often it was tried.
             */
            attempts: number;
            /** @description The body, its first 4,000 characters. */
            body: string;
            /** @description A stable code, for programs. */
            code: string;
            /** @description Whether the body is longer than what is shown. */
            is_cut?: boolean;
            /** @description The id of the message. */
            message: components["schemas"]["MessageId"];
            /** @description The stage that gave it up. */
            stage: components["schemas"]["Stage"];
        };
        /** @description The answer: a superset of the fields read by the AWS CLI's `credential_process` (upper-case names), the SDKs' container provider (`Token`), Uppy 5's `getTemporarySecurityCredentials` (`credentials`, `bucket`, `region`) and Uppy 6's `getCredentials` (`credentials` in camel case, `region`) and its option `s3Endpoint`. <https://uppy.io/docs/aws-s3/> */
        UploadCredentials: {
            /** @description The access key id, which is public. */
            AccessKeyId: string;
            /** @description The app. */
            app: components["schemas"]["AppId"];
            /** @description The bucket that the files go to. */
            bucket: string;
            /** @description The credentials once more, as Uppy takes them. */
            credentials: components["schemas"]["NestedCredentials"];
            /** @description The address of S3, if it is not AWS's: on a laptop. */
            endpoint?: string;
            /**
             * Format: date-time
             * @description The time at which the credentials expire.
             */
            Expiration: string;
            /** @description The declared files, in their order. */
            files?: components["schemas"]["GrantedFile"][];
            /** @description The beginning of the keys of all files of the upload; the file's name follows. */
            key_prefix: string;
            /** @description The limits of the app for one file. */
            limits: components["schemas"]["Limits"];
            /** @description The bucket's region. */
            region: string;
            /** @description The address of the bucket, as Uppy takes it. */
            s3Endpoint: string;
            /** @description The secret key. */
            SecretAccessKey: string;
            /** @description The token that is sent with every request. */
            SessionToken: string;
            /** @description The session token once more, by the name that container credentials have. */
            Token: string;
            /** @description The id of the upload. */
            upload: components["schemas"]["UploadId"];
            /**
             * Format: uint8
             * @description The version of the form that `credential_process` reads: 1.
             */
            Version: number;
            /** @description The visibility of its media. */
            visibility: components["schemas"]["Visibility"];
        };
        /**
         * @description The format of a file as it was uploaded.
         * @enum {string}
         */
        UploadFormat: "jpeg" | "png" | "webp" | "gif" | "avif" | "pdf" | "mp4" | "m4a" | "mov" | "matroska" | "webm" | "avi" | "mpegts" | "mp3" | "wav" | "flac" | "ogg" | "bmp" | "tiff" | "heic" | "svg";
        /** @description The id of a grant of upload credentials: a ULID in lower case. It cannot be guessed (80 random bits) and sorts by time. */
        UploadId: string;
        /** @description The body of `POST /apps/{app}/uploads`. */
        UploadRequest: {
            /**
             * Format: uint32
             * @description How long the credentials are valid, in seconds; 3,600 at most where the platform has no IAM user.
             * @default 3600
             */
            duration_seconds?: number | null;
            /** @description The files that will be uploaded. When files are declared, no other name is accepted with these credentials. */
            files?: components["schemas"]["DeclaredFile"][] | null;
            /** @description The visibility of all media of the upload; without it that of the app. */
            visibility?: components["schemas"]["Visibility"] | null;
        };
        /** @description How much an app has uploaded and stored. */
        UsageReport: {
            /**
             * Format: date
             * @description The day, in UTC.
             */
            day: string;
            /** @description The media that are stored now, whichever day was asked for. */
            stored: components["schemas"]["StoredAmount"];
            /** @description The media that were accepted on that day. Those that were deleted since are counted, too. */
            uploaded: components["schemas"]["Amount"];
        };
        /**
         * @description The viewers who may fetch a media: anybody with its address, or only holders of a signed URL or cookie.
         *
         *     - `public`: Anybody who knows the address.
         *     - `private`: Only holders of a grant.
         * @enum {string}
         */
        Visibility: "public" | "private";
        /** @description The body of `POST …/visibility`. */
        VisibilityRequest: {
            /** @description The visibility of the media from now on. */
            visibility: components["schemas"]["Visibility"];
        };
        /** @description A watermark as it is stored and as the API answers it. */
        Watermark: {
            /** @description An image of the same app. */
            media: components["schemas"]["MediaId"];
            /**
             * Format: uint8
             * @description How much of what is below it covers, in percent: 1 to 100.
             */
            opacity: number;
            /** @description The place of the watermark in the picture. */
            position: components["schemas"]["WatermarkPosition"];
            /**
             * Format: uint8
             * @description The most that it takes of the picture's width and of its height, in percent: 1 to 100.
             */
            scale: number;
        };
        /**
         * @description The place of a watermark in the picture.
         *
         *     - `top-left`: The upper left corner.
         *     - `top`: The middle of the upper edge.
         *     - `top-right`: The upper right corner.
         *     - `left`: The middle of the left edge.
         *     - `center`: The middle.
         *     - `right`: The middle of the right edge.
         *     - `bottom-left`: The lower left corner.
         *     - `bottom`: The middle of the lower edge.
         *     - `bottom-right`: The lower right corner.
         * @enum {string}
         */
        WatermarkPosition: "top-left" | "top" | "top-right" | "left" | "center" | "right" | "bottom-left" | "bottom" | "bottom-right";
        /** @description A watermark in a registration. */
        WatermarkRequest: {
            /** @description A ready image of this app, of at most 1 MiB and 4,000,000 pixels. */
            media: components["schemas"]["MediaId"];
            /**
             * Format: uint8
             * @description How much of what is below it covers, in percent; without it 100.
             */
            opacity?: number | null;
            /** @description The place of the watermark in the image; without it `bottom-right`. */
            position?: components["schemas"]["WatermarkPosition"] | null;
            /**
             * Format: uint8
             * @description The most that it takes of the width and of the height, in percent; without it 25.
             */
            scale?: number | null;
        };
        /** @description A webhook. */
        Webhook: {
            /**
             * Format: date-time
             * @description The time at which the webhook was registered.
             */
            created_at: string;
            /** @description The types of events that are sent; absent if all are. */
            events?: ("media.ready" | "media.rejected" | "media.failed" | "media.suspended" | "media.restored" | "media.visibility_changed" | "media.deleted" | "media.changed" | "upload.finished")[];
            /**
             * Format: date-time
             * @description The time of the first failure since the last success.
             */
            failing_since?: string;
            /** @description The name. */
            name: components["schemas"]["HookName"];
            /**
             * Format: date-time
             * @description The time until which the previous secret signs, too, if it does.
             */
            old_secret_until?: string;
            /**
             * Format: date-time
             * @description The time at which it was paused.
             */
            paused_at?: string;
            /**
             * @description The reason why an endpoint is paused.
             *
             *     - `failing`: Nothing but failures for a day.
             *     - `gone`: It answered 410, which says that it is gone for good.
             * @enum {string}
             */
            paused_because?: "failing" | "gone";
            /** @description The secret that signs. It is shown once: when the webhook is registered, and when the secret is rotated. */
            secret?: string;
            /**
             * Format: uint32
             * @description The version of the secret.
             */
            secret_version: number;
            /**
             * @description How the endpoint stands.
             *
             *     - `active`: The last attempt succeeded, or there was none.
             *     - `failing`: The last attempt failed.
             *     - `paused`: Nothing is sent.
             * @enum {string}
             */
            state: "active" | "failing" | "paused";
            /**
             * Format: date-time
             * @description The time at which it was changed last.
             */
            updated_at: string;
            /** @description The address that events are sent to. */
            url: string;
        };
        /** @description One attempt. */
        WebhookAttempt: {
            /**
             * Format: date-time
             * @description The time at which it began.
             */
            at: string;
            /** @description A stable code of what failed, if there was no answer. */
            error?: string;
            /**
             * Format: uint32
             * @description The milliseconds until the answer, or until it failed.
             */
            milliseconds: number;
            /**
             * Format: uint16
             * @description The HTTP status of the answer, if there was one.
             */
            status?: number;
        };
        /** @description The delivery of one event. */
        WebhookDelivery: {
            /**
             * Format: date-time
             * @description The time at which it was asked for: that of the event, or of the last request to send it again.
             */
            asked_at: string;
            /**
             * Format: uint32
             * @description How often it was sent since `asked_at`.
             */
            attempts: number;
            /** @description The id of the delivery. */
            delivery: string;
            /** @description The id of the event, which is also the header `webhook-id`. */
            event: string;
            /**
             * Format: date-time
             * @description The earliest time of the next attempt.
             */
            next_at?: string;
            /**
             * @description The reason why an event was not sent.
             *
             *     - `paused`: The webhook is paused.
             *     - `too_many`: The endpoint was too slow, or failed too often, for the events that wait for it.
             *     - `address`: The webhook's address is not allowed any more.
             * @enum {string}
             */
            reason?: "paused" | "too_many" | "address";
            /**
             * @description How it stands.
             *
             *     - `waiting`: It is sent again, or for the first time when the endpoint is well.
             *     - `delivered`: The endpoint answered with a status from 200 to 299.
             *     - `failed`: Every attempt failed.
             *     - `not_sent`: It was given up without, or before, the last attempt.
             * @enum {string}
             */
            state: "waiting" | "delivered" | "failed" | "not_sent";
            /** @description The latest 10 attempts, those before `asked_at` included, oldest first. */
            tries?: components["schemas"]["WebhookAttempt"][];
            /** @description The type of the event. */
            type: string;
            /**
             * Format: date-time
             * @description The time at which this was written.
             */
            updated_at: string;
        };
        /** @description One page of deliveries. */
        WebhookDeliveryPage: {
            /** @description The deliveries, those of the latest events first. */
            items: components["schemas"]["WebhookDelivery"][];
            /** @description The value of `after=` for the next page. */
            next?: string;
        };
        /** @description The webhooks of an app. */
        WebhookList: {
            /** @description The webhooks, by name. */
            items: components["schemas"]["Webhook"][];
        };
        /** @description The answer to `POST /admin/apps/{app}/webhooks/{name}/ping`. */
        WebhookPing: {
            /** @description The delivery of it, which is listed when it was sent. */
            delivery: string;
            /** @description The id of the event that is sent. */
            event: string;
        };
        /** @description The body of `PUT /admin/apps/{app}/webhooks/{name}`. */
        WebhookRequest: {
            /** @description The types of events that are sent. Without them all are, and those that later versions have. */
            events?: ("media.ready" | "media.rejected" | "media.failed" | "media.suspended" | "media.restored" | "media.visibility_changed" | "media.deleted" | "media.changed" | "upload.finished")[] | null;
            /** @description The address that events are sent to: https, and a server on the public internet. */
            url: string;
        };
        /** @description The answer to a request to send events again. */
        WebhookResend: {
            /**
             * Format: date-time
             * @description The time of the request. Deliveries that are made for it have this time as `asked_at`.
             */
            asked_at: string;
        };
        /**
         * @description The reason why a track is not played.
         *
         *     - `not_decoded`: The codec is not decoded here.
         *     - `one_is_played`: There is another track of this type, and only one is played.
         *     - `too_many`: At least `MAX_TRACKS` sound tracks come before it.
         *     - `not_read`: No captions could be read from it: it has none, or it took too long.
         * @enum {string}
         */
        WhyLeftOut: "not_decoded" | "one_is_played" | "too_many" | "not_read";
    };
    responses: {
        /** @description The call is not signed, or IAM does not allow it. API Gateway answers. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "message": "Forbidden"
                 *     }
                 */
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /** @description - `internal`: The service failed. The cause is in the platform's log. Ask the administrator. */
        Internal: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "message": "Internal Server Error"
                 *     }
                 */
                "application/json": components["schemas"]["GatewayMessage"];
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "internal";
                };
            };
        };
        /** @description - `invalid_request`: The request is not valid. Give 900 to 43200 seconds. */
        Invalid: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "invalid_request";
                };
            };
        };
        /** @description There are too many calls. API Gateway answers; ask again a little later. */
        Throttled: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "message": "Too Many Requests"
                 *     }
                 */
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /** @description - `unavailable`: The service cannot answer now. Try again in a few seconds. */
        Unavailable: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "message": "Service Unavailable"
                 *     }
                 */
                "application/json": components["schemas"]["GatewayMessage"];
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "unavailable";
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description `<…>; rel="blocked-by"`: the authority that demands the suspension (RFC 7725), if it is known. */
        BlockedBy: string;
        /** @description No cache keeps an answer. */
        CacheControl: "private, no-store";
        /** @description The version of the media's record, for `If-Match`. */
        ETag: string;
        /** @description Seconds after which waiting has helped; absent where waiting does not help. */
        RetryAfter: number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
