% rebase('layout', title=t('first_visit.title'), here='')
<section class="door">
<p class="brand">
% icon('logo')
<span>Frontdesk</span></p>
<h1>{{t('first_visit.title')}}</h1>
<p>{{t('first_visit.hint')}}</p>
<form method="post" action="/first-visit">
% token_field()
% fault_line(fault)
% field(t('first_visit.code'), 'code', code, t('first_visit.code_hint'), required=True, longest=20)
% field(t('login.name'), 'name', name, t('first_visit.name_hint'), required=True, autocomplete='username', longest=40)
% field(t('password.new'), 'password', hint=t('password.hint', n=shortest), kind='password', required=True, autocomplete='new-password', longest=200, minimum=shortest)
% field(t('password.again'), 'again', kind='password', required=True, autocomplete='new-password', longest=200, minimum=shortest)
<label class="tick"><input type="checkbox" name="kept" value="yes"> {{t('login.kept')}}</label>
<button type="submit">{{t('first_visit.button')}}</button>
</form>
</section>
