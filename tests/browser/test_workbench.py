"""The bench of ``90_workbench`` in a real JupyterLab: choose, train, and see what came of it."""

BENCH = """\
from medkit.chapters.workbench.bench import Workbench
bench = Workbench("us_breast", "SVM")
bench
"""


def test_it_trains_what_was_chosen(lab, screenshot):
    with lab.write([BENCH, "print(bench.cell(), bench.row['n'])"]) as notebook:
        notebook.run(0)
        notebook.shows(0, "not trained yet")
        output = notebook.output(0)
        task, setting, algorithm, patients = (output.locator("select").nth(k) for k in range(4))
        task.select_option("fluid in the retina, or none")
        lab.eventually(lambda: "Bandwidth\xa00.022" in setting.inner_text())
        lab.eventually(lambda: setting.input_value().replace("\xa0", " "), "as usual")
        algorithm.select_option("CNN")
        patients.select_option("40")
        button = output.get_by_role("button", name="Train")
        button.click()
        picture = output.locator("img[alt^='CNN on oct_fluid']")
        picture.wait_for()
        lab.eventually(lambda: picture.evaluate("el => el.naturalWidth > 300"))
        lab.eventually(button.is_enabled)
        first = picture.get_attribute("src")
        screenshot("workbench", output)
        algorithm.select_option("SVM")
        button.click()
        second = output.locator("img[alt^='SVM on oct_fluid']")
        second.wait_for()
        assert second.get_attribute("src") != first
        output.get_by_text("weights").wait_for()
        notebook.run(1)
        notebook.shows(1, "algorithm='SVM'")
        notebook.shows(1, "n=40")
        assert notebook.axe() == []
    assert lab.errors == []
