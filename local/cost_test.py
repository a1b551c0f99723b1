"""Tests of local/cost with bills computed by hand: python3 -m unittest local/cost_test.py"""

import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import sys
import tomllib
import unittest

sys.dont_write_bytecode = True
LOCAL = pathlib.Path(__file__).parent
LOADER = importlib.machinery.SourceFileLoader("cost", str(LOCAL / "cost"))
cost = importlib.util.module_from_spec(importlib.util.spec_from_loader("cost", LOADER))
sys.modules["cost"] = cost  # dataclasses look their module up
LOADER.exec_module(cost)

PRICES = tomllib.loads((LOCAL / "prices.toml").read_text())
SWEEPING = 12 * 730 * 0.5 * 0.25
IDLE = {"photos": 0, "views": 0, "pdf_pages": 0, "film_minutes": 0, "takedowns": 0, "deletions": 0}


def lines(transcoder="mediaconvert", **usage):
    """The quantities and dollars of a bill, by service and what."""
    made = cost.bill(PRICES, IDLE | usage, transcoder)
    return {(service, what): (quantity, dollars) for service, what, quantity, dollars in made}


class Bills(unittest.TestCase):
    def test_a_stack_that_does_nothing_costs_what_is_fixed(self):
        # 72 alarms and a composite one, a dashboard, three secrets, and 12 event sources with 5 readers that ask 3 times a minute.
        polls = 12 * 5 * 3 * 60 * 730 * 0.4 / 1e6
        # sweep-lost runs twelve times an hour for half a second, with a list and a read, and a list more each hour.
        runs = 12 * 730
        sweeps = runs * (0.5 * 0.25 * 0.0000133334 + 0.2 / 1e6 + 5 / 1e6 + 0.4 / 1e6) + 730 * 5 / 1e6
        logs = runs * 2_000 / cost.GB * (0.50 + 0.03)
        self.assertAlmostEqual(sum(dollars for _, dollars in lines().values()), 7.20 + 0.50 + 3 + 1.20 + polls + sweeps + logs, places=3)

    def test_photos(self):
        made = lines(photos=1_000_000, photo_mb=cost.GB / 1e9, preview_kb=0, months=2)
        # A thousandth of a GB each: 1,000 GB a month for two months, and the uploads of one month.
        self.assertAlmostEqual(made["S3", "GB kept: delivered media"][1], 2000 * 0.023)
        self.assertAlmostEqual(made["S3", "GB kept: uploads for a month"][1], 1000 * 0.023)
        self.assertAlmostEqual(made["S3", "PUT, COPY and LIST requests"][1], 22 * 5 + 13 * 730 * 5 / 1e6)
        # 2 GB for 2 seconds, and 256 MB for 0.3, 0.1 and three times 0.1 seconds.
        # Those of sweep-lost are the same whatever is uploaded.
        self.assertAlmostEqual(made["Lambda", "GB-seconds of memory"][0], 1e6 * (2 * 2 + 0.25 * 0.7) + SWEEPING)

    def test_previews_are_kept_beside_the_photos(self):
        made = lines(photos=1_000_000, photo_mb=cost.GB / 1e9, preview_kb=cost.GB / 1e7, months=2)
        # A tenth of the photo, and no upload.
        self.assertAlmostEqual(made["S3", "GB kept: delivered media"][1], 2200 * 0.023)
        self.assertAlmostEqual(made["S3", "GB kept: uploads for a month"][1], 1000 * 0.023)

    def test_webhooks(self):
        none, two = lines(photos=1_000_000), lines(photos=1_000_000, webhooks=2)
        more = lambda *line: two[line][0] - none[line][0]  # noqa: E731
        # One event a photo, for each of them a message and a run.
        self.assertAlmostEqual(more("Lambda", "runs"), 2e6)
        self.assertAlmostEqual(more("SQS", "requests of messages"), 6e6)
        self.assertAlmostEqual(more("S3", "PUT, COPY and LIST requests"), 2e6)
        self.assertAlmostEqual(more("S3", "GET and HEAD requests"), 8e6)

    def test_thumbnails_that_are_made_ahead(self):
        usage = dict(photos=1_000_000, photo_mb=0, preview_kb=0, months=1)
        none, four = lines(**usage), lines(**usage, eager=4, thumb_kb=cost.GB / 1e9)
        more = lambda *line: four[line][0] - none[line][0]  # noqa: E731
        self.assertAlmostEqual(more("S3", "GB kept: delivered media"), 4)
        self.assertAlmostEqual(more("S3", "PUT, COPY and LIST requests"), 5e6)
        # One run for all four, of 2 GB.
        self.assertAlmostEqual(more("Lambda", "runs"), 1e6)
        self.assertAlmostEqual(more("Lambda", "GB-seconds of memory"), 1e6 * 2 * 0.5)

    def test_views(self):
        made = lines(views=2_000_000, view_kb=cost.GB / 1e6, render_percent=10)
        # A thousandth of a GB each: 2,000 GB.
        self.assertAlmostEqual(made["CloudFront", "GB to viewers"][1], 2000 * 0.085)
        self.assertAlmostEqual(made["CloudFront", "requests"][1], 2)
        self.assertAlmostEqual(made["Lambda", "GB-seconds of memory"][0], 200_000 * 2 * 0.5 + SWEEPING)

    def test_a_film_costs_by_what_is_made_of_it(self):
        # 1080, 720 and the one file twice; 540, 360 and 270 once; sound 0.4 times.
        made = lines(film_minutes=100)
        self.assertAlmostEqual(made["MediaConvert", "normalized minutes"][1], 100 * 9.4 * 0.0075)
        made = lines("ffmpeg", film_minutes=100, ffmpeg_seconds=60)
        self.assertEqual(made["MediaConvert", "normalized minutes"][1], 0)
        # And a second for each minute, in which its 75 MB are read for the digest.
        self.assertAlmostEqual(made["Lambda", "GB-seconds of disk"][0], 100 * 61 * 3.5)

    def test_a_takedown_invalidates_twice(self):
        self.assertAlmostEqual(lines(takedowns=100)["CloudFront", "tags invalidated"][1], 1.00)

    def test_a_deletion_invalidates_once(self):
        self.assertAlmostEqual(lines(deletions=100)["CloudFront", "tags invalidated"][1], 0.50)

    def test_beyond_a_tier_a_piece_costs_less(self):
        price = {"dollars": 3, "tiers": [[10, 2], [20, 1]]}
        for quantity, dollars in [(0, 0), (10, 30), (15, 40), (25, 55)]:
            self.assertAlmostEqual(cost.price_of(price, quantity), dollars)


class Sources(unittest.TestCase):
    def test_each_price_has_a_source_and_a_date(self):
        for name, price in PRICES.items():
            self.assertRegex(price["source"], "^https://[a-z0-9.-]*amazon(aws)?[.]com/", name)
            self.assertRegex(price["seen"], r"^(\d{4}-\d{2}-\d{2}|unknown)$", name)
            self.assertTrue(price["name"] and price["dollars"] > 0, name)

    def test_sizes_of_functions_are_the_templates(self):
        template = cost.Template((cost.ROOT / "template.yaml").read_text())
        sizes = {"ValidateUpload": 2048, "TranscodeMedia": 3008, "FinishTranscode": 512, "IssueToken": 256}
        self.assertEqual(sizes, {name: template.megabytes[name] for name in sizes})
        self.assertEqual(len(template.megabytes), 18)


class Arguments(unittest.TestCase):
    def test_what_is_no_number_or_out_of_bounds_is_refused(self):
        for said in ["--photos=many", "--photos=-1", "--photos=nan", "--views=inf", "--render-percent=101", "--months=0"]:
            with self.subTest(said), contextlib.redirect_stderr(io.StringIO()) as told, self.assertRaises(SystemExit):
                cost.main([said])
            self.assertIn(said.split("=")[0], told.getvalue())


if __name__ == "__main__":
    unittest.main()
