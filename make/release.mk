# The artifact, tested as a user would install it, and the changelog.

.PHONY: build
build: .venv/.made ## Build the artifact into dist/
	@rm -rf dist
	@ansible-galaxy collection build --force --output-path dist "$$($(PY) tools/collection_copy.py build)"

.PHONY: install-test
install-test: build setup ## Install the artifact as Galaxy would, and test it there
	@$(PY) tools/install_test.py

.PHONY: changelog
changelog: .venv/.made ## Turn the changelog's fragments into a release of galaxy.yml's version, and CHANGELOG.rst
	@antsibull-changelog release --update-existing

MATRIX = rm -rf .cache/matrix/dist && \
	ansible-galaxy collection build --force --output-path .cache/matrix/dist "$$($(PY) tools/collection_copy.py matrix)" && \
	$(PY) tools/matrix.py

.PHONY: matrix
matrix: setup ## Run the artifact with all versions of Python, ansible-core, amazon.aws and boto3 in tests/versions/matrix.yml
	@$(MATRIX) $(ROWS)

.PHONY: version-test
version-test: setup ## Run the artifact with the oldest and the newest versions
	@$(MATRIX) oldest newest

.PHONY: docs
docs: .venv/.made ## Build the documentation's site into .cache/docs/html, and check all of its links
	@$(PY) tools/docs_site.py

.PHONY: release-check
release-check: setup ## Say whether this checkout can be released; all but some checks with SKIP="addresses,changelog"
	@$(PY) tools/release_check.py $(if $(SKIP),--skip '$(SKIP)')
