"""DuckDB and Spark over one archive, with the SQL that ships; what the scripts beside this one share."""

import datetime
import math
import os
import pathlib
import re
import tempfile
import time

SQL = pathlib.Path(__file__).resolve().parent.parent / "sql"

# Spark gives times of the process's own zone.
os.environ["TZ"] = "UTC"
time.tzset()


def names_of(root):
    """Returns which file gives the reports their names: that of an archive that has some, or has none."""
    has_names = "://" in str(root) or (pathlib.Path(root) / "reference").is_dir()
    return "names.sql" if has_names else "no_names.sql"


class DuckDb:
    """Answers by DuckDB."""

    name = "duckdb"

    def __init__(self, root):
        import duckdb

        self.connection = duckdb.connect()
        self.prepare()
        self.connection.execute("SET TimeZone = 'Pacific/Auckland'")
        self.run("settings.sql")
        self.set(root=root)
        self.run("views.sql")
        self.run(names_of(root))

    def prepare(self):
        """Readies the connection for the root."""

    def set(self, **variables):
        for name, value in variables.items():
            self.connection.execute(f"SET VARIABLE {name} = {value!r}")

    def run(self, file):
        self.connection.execute((SQL / self.name / file).read_text())

    def report(self, name):
        return self.ask((SQL / self.name / "reports" / f"{name}.sql").read_text())

    def ask(self, question):
        answer = self.connection.execute(question)
        names = [column[0] for column in answer.description]
        return [dict(zip(names, map(plain, row))) for row in answer.fetchall()]

    def columns(self, view):
        return self.ask(f"SELECT column_name AS name, column_type AS type FROM (DESCRIBE {view})")

    def profile(self, question):
        """Runs a question and returns the plan with what was really read."""
        return self.connection.execute(f"EXPLAIN ANALYZE {question}").fetchall()[0][1]


class Spark:
    """Answers by Spark, in a session whose time zone is not that of the reports."""

    name = "spark"

    def __init__(self, root):
        from pyspark.sql import SparkSession

        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        settings = {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.driver.memory": "1g",
            # The data are small: compiling code for each question would take most of the time.
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.session.timeZone": "Pacific/Auckland",
            "spark.sql.shuffle.partitions": "1",
            "spark.sql.warehouse.dir": tempfile.mkdtemp(),
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        builder = SparkSession.builder.master("local[2]")
        for name, value in settings.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")
        self.run("settings.sql")
        self.set(root=root)
        self.run("views.sql")
        self.run(names_of(root))

    def set(self, **variables):
        for name, value in variables.items():
            self.session.conf.set(name, str(value))

    def run(self, file):
        """Runs the statements of a file, and returns the answer of the last."""
        text = (SQL / self.name / file).read_text()
        statements = [one for one in re.split(r";\n", text) if one.strip()]
        return [self.session.sql(statement) for statement in statements][-1]

    def report(self, name):
        return self.rows(self.run(f"reports/{name}.sql"))

    def ask(self, question):
        return self.rows(self.session.sql(question))

    @staticmethod
    def rows(answer):
        return [{name: plain(value) for name, value in row.asDict(True).items()} for row in answer.collect()]

    def columns(self, view):
        return [{"name": name, "type": kind} for name, kind in self.session.table(view).dtypes]

    def profile(self, question):
        """Runs a question and returns its plan, with what each scan of files counted."""
        answer = self.session.sql(question)
        answer.collect()
        plan = answer._jdf.queryExecution().executedPlan()
        return plan.toString() + "".join(f"\n{line}" for line in scan_metrics(plan))


def scan_metrics(plan):
    """Returns `name: value` of each metric of each scan of files, below all that adapts."""
    found = []
    if plan.nodeName().startswith("AdaptiveSparkPlan"):
        return scan_metrics(plan.executedPlan())
    if plan.nodeName().startswith("Scan parquet"):
        metrics = plan.metrics().iterator()
        while metrics.hasNext():
            metric = metrics.next()
            found.append(f"{metric._1()}: {metric._2().value()}")
    children = list_of(plan.children())
    if hasattr(plan, "plan") and plan.nodeName().endswith("QueryStage"):
        children.append(plan.plan())
    for child in children:
        found += scan_metrics(child)
    return found


def list_of(sequence):
    return [sequence.apply(place) for place in range(sequence.size())]


ENGINES = {engine.name: engine for engine in (DuckDb, Spark)}


def engines(names, root):
    """Opens the named engines, as in `duckdb,spark`."""
    return [ENGINES[name](root) for name in names.split(",")]


def plain(value):
    """Returns what both engines mean by a value: times as milliseconds since 1970, days as text."""
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=datetime.timezone.utc)
        return round(value.timestamp() * 1000)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


def same(one, other):
    """Equality, in which the last digits of a fraction do not count."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, (int, float)) and isinstance(other, (int, float))
        return numbers and math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return one == other


def differences(title, wanted, found, key):
    """Compares rows, in whatever order, by the columns of `key`; returns the first differences."""
    def place(row):
        return [(row[name] is not None, row[name] if row[name] is not None else "") for name in key]

    wanted, found = sorted(wanted, key=place), sorted(found, key=place)
    if len(wanted) != len(found):
        return [f"{title}: {len(found)} rows, {len(wanted)} wanted"]
    pairs = zip(wanted, found)
    return [f"{title}: wanted {one}, found {other}" for one, other in pairs if not same(one, other)][:3]
